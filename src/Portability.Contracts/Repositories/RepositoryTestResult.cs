namespace Portability;

/// <summary>What a test of a whole repository and of its store found.</summary>
public sealed record RepositoryTestResult
{
    /// <summary>Identifier of the repository.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>Place of the repository.</summary>
    public string RepositoryPath { get; init; } = string.Empty;

    /// <summary>True if nothing that any snapshot needs is missing or damaged, and the store can be relied on.</summary>
    public bool IsHealthy { get; init; }

    /// <summary>True if put-if-absent, listing and flushing behaved as a repository needs.</summary>
    public bool IsStoreSafe { get; init; }

    /// <summary>Workloads seen.</summary>
    public int WorkloadCount { get; init; }

    /// <summary>Snapshots tested.</summary>
    public long SnapshotCount { get; init; }

    /// <summary>Objects read.</summary>
    public long ObjectCount { get; init; }

    /// <summary>Bytes read from the store.</summary>
    public long BytesRead { get; init; }

    /// <summary>Bytes of objects that nothing names.</summary>
    public long UnreferencedBytes { get; init; }

    /// <summary>Time taken.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>All that was found; empty when all is well.</summary>
    public TestFinding[] Findings { get; init; } = [];

    /// <summary>Healthy or the number of findings.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => IsHealthy ? $"{RepositoryPath}: healthy" : $"{RepositoryPath}: {Findings.Length} findings";
}
