using Portability.Engine.Repositories;

namespace Portability.Engine.Replication;

/// <summary>What a sync did. The caller disposes the connection.</summary>
public sealed record SyncResult
{
    /// <summary>The destination, open with the keys of the origin's connection.</summary>
    public required RepositoryConnection Destination { get; init; }

    /// <summary>The snapshots that were asked for, as they now stand at the destination.</summary>
    public required IReadOnlyList<WorkloadSnapshot> Snapshots { get; init; }

    /// <summary>Bytes that were sent.</summary>
    public long BytesSent { get; init; }

    /// <summary>Objects that were sent.</summary>
    public long ObjectsSent { get; init; }

    /// <summary>Objects that were damaged or missing though the destination had the snapshot, and were put again.</summary>
    public long ObjectsRepaired { get; init; }
}
