namespace Portability;

/// <summary>A mirror's signed word that it holds, verified, every snapshot of a workload up to a number.</summary>
public sealed record SyncReceipt
{
    /// <summary>Identifier of the repository, equal at origin and mirror.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>Identifier of the mirror's store.</summary>
    public Guid InstanceId { get; init; }

    /// <summary>Name of the workload.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Identifier of the workload.</summary>
    public Guid WorkloadId { get; init; }

    /// <summary>Highest number that the receipt covers.</summary>
    public long Sequence { get; init; }

    /// <summary>Identifier of the snapshot with that number.</summary>
    public Guid SnapshotId { get; init; }

    /// <summary>Fingerprint of the receipt key.</summary>
    public string SignerFingerprint { get; init; } = string.Empty;

    /// <summary>True if the signature fits the receipt key that is pinned for this mirror.</summary>
    public bool IsVerified { get; init; }

    /// <summary>When the mirror signed it, UTC, by its own clock.</summary>
    public DateTime CreatedUtc { get; init; }

    /// <summary>Workload, number and mirror.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => FormattableString.Invariant($"{Name}#{Sequence} at {InstanceId}");
}
