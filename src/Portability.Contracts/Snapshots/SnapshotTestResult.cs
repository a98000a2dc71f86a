namespace Portability;

/// <summary>What a test of one snapshot found.</summary>
public sealed record SnapshotTestResult
{
    /// <summary>Identifier of the snapshot.</summary>
    public Guid SnapshotId { get; init; }

    /// <summary>Name of the workload.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Number of the snapshot in its workload.</summary>
    public long Sequence { get; init; }

    /// <summary>Identifier of the repository.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>Place of the repository.</summary>
    public string RepositoryPath { get; init; } = string.Empty;

    /// <summary>True if the snapshot can be read in full and is what was signed.</summary>
    public bool IsHealthy { get; init; }

    /// <summary>How deep the test went.</summary>
    public TestDepth Depth { get; init; }

    /// <summary>Fingerprint of the key that signed the snapshot.</summary>
    public string SignerFingerprint { get; init; } = string.Empty;

    /// <summary>Objects read.</summary>
    public long ObjectCount { get; init; }

    /// <summary>Bytes read from the store.</summary>
    public long BytesRead { get; init; }

    /// <summary>Time taken.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>All that was found; empty when all is well.</summary>
    public TestFinding[] Findings { get; init; } = [];

    /// <summary>Receipts of mirrors that cover this snapshot.</summary>
    public SyncReceipt[] Receipts { get; init; } = [];

    /// <summary>Name, number and verdict.</summary>
    /// <returns>One line.</returns>
    public override string ToString() =>
        FormattableString.Invariant($"{Name}#{Sequence}: {(IsHealthy ? "healthy" : $"{Findings.Length} findings")}");
}
