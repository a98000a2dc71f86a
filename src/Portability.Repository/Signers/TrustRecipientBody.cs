using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>A recipient that a trust record adds.</summary>
internal sealed record TrustRecipientBody
{
    public required RecordId Id { get; init; }

    public required string Kind { get; init; }

    public required byte[] Key { get; init; }

    public required string Name { get; init; }
}
