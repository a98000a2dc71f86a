using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>A signer that a trust record revokes, with what it signed that still counts.</summary>
internal sealed record TrustRevocationBody
{
    public required RecordHash Fingerprint { get; init; }

    /// <summary>Last number of each workload that still counts.</summary>
    public Dictionary<Guid, long> Last { get; set; } = [];

    /// <summary>Hashes of records without a number (substitutions, verified records, runs) that still count.</summary>
    public RecordHash[] Keep { get; set; } = [];
}
