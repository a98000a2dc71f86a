using System.Collections.Immutable;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>Rights that one trust record gave a signer, and what of them a revocation left. Immutable.</summary>
public sealed record SignerGrant
{
    /// <summary>The rights.</summary>
    public required SignerRights Rights { get; init; }

    /// <summary>Workloads that they hold for; null for every workload.</summary>
    public required ImmutableHashSet<Guid>? Workloads { get; init; }

    /// <summary>Number of the trust record that gave them.</summary>
    public required long TrustNumber { get; init; }

    /// <summary>When they were given, UTC, as the writer's machine saw it.</summary>
    public required DateTime AddedUtc { get; init; }

    /// <summary>Number of the trust record that revoked them; 0 while they stand.</summary>
    public long RevokedBy { get; init; }

    /// <summary>After a revocation: last number of each workload that still counts.</summary>
    public ImmutableDictionary<Guid, long> Last { get; init; } = ImmutableDictionary<Guid, long>.Empty;

    /// <summary>After a revocation: hashes of records without a number that still count.</summary>
    public ImmutableHashSet<RecordHash> Keep { get; init; } = [];

    /// <summary>True until a revocation.</summary>
    public bool Stands => RevokedBy == 0;

    /// <summary>Tells whether a record with this grant's rights counts.</summary>
    /// <param name="right">Right that the record needs.</param>
    /// <param name="workload">Workload that it concerns, if any.</param>
    /// <param name="number">Its number in the workload, if it has one.</param>
    /// <param name="record">Its hash, for records without a number.</param>
    public bool Covers(SignerRights right, Guid? workload, long? number, RecordHash record)
    {
        if ((Rights & right) != right || (workload is { } named && Workloads is not null && !Workloads.Contains(named)))
        {
            return false;
        }

        return Stands
            || (workload is { } id && number is { } position && Last.TryGetValue(id, out long last) && position <= last)
            || (!record.IsEmpty && Keep.Contains(record));
    }
}
