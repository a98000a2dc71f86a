namespace Portability;

/// <summary>The disks of a workload at one instant. Whole to its reader; costs only what changed.</summary>
public sealed record WorkloadSnapshot
{
    /// <summary>Identifier.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the workload.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Number in its workload, from 1; numbers are never used again.</summary>
    public long Sequence { get; init; }

    /// <summary>When it was captured, UTC, by the clock of the source.</summary>
    public DateTime CreatedUtc { get; init; }

    /// <summary>Identifier of the snapshot that it was captured after; empty for the first.</summary>
    public Guid ParentId { get; init; }

    /// <summary>Disks, in the order of their numbers.</summary>
    public WorkloadDisk[] Disks { get; init; } = [];

    /// <summary>Sizes of the disks as the guest sees them, bytes in all.</summary>
    public long LogicalBytes { get; init; }

    /// <summary>Bytes of the disks that differ from the parent.</summary>
    public long ChangedBytes { get; init; }

    /// <summary>Bytes that the capture added to the repository.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Time that the capture took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Words that the user gave it.</summary>
    public string[] Tag { get; init; } = [];

    /// <summary>Identifier of the workload.</summary>
    public Guid WorkloadId { get; init; }

    /// <summary>The machine that the disks belong to; the defaults where the repository is open without a key.</summary>
    public MachineDefinition Machine { get; init; } = new();

    /// <summary>Fingerprint of the key that signed it.</summary>
    public string SignerFingerprint { get; init; } = string.Empty;

    /// <summary>Identifier of the repository; equal at its mirrors.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>Place of the repository that it was read from.</summary>
    public string RepositoryPath { get; init; } = string.Empty;

    /// <summary>The open connection it came from; see <see cref="WorkloadRepository"/>.</summary>
    internal object? Connection { get; init; }

    /// <summary>Name and number.</summary>
    /// <returns>Such as `web01#12`.</returns>
    public override string ToString() => FormattableString.Invariant($"{Name}#{Sequence}");
}
