using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>A slot that a trust record adds.</summary>
internal sealed record TrustSlotBody
{
    public required RecordId Id { get; init; }

    public required RecordHash Hash { get; init; }

    public required string For { get; init; }
}
