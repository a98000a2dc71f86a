using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>A slot as the trust chain knows it.</summary>
public sealed record TrustSlot
{
    /// <summary>Identifier, part of its name.</summary>
    public required RecordId Id { get; init; }

    /// <summary>SHA-256 of its stored bytes.</summary>
    public required RecordHash Hash { get; init; }

    /// <summary>Recipient id or owner fingerprint in hex.</summary>
    public required string For { get; init; }

    /// <summary>True if a later record removed it or whom it is for: it may be deleted.</summary>
    public bool IsRemoved { get; init; }
}
