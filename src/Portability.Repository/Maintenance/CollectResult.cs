namespace Portability.Repository.Maintenance;

/// <summary>What a collection did.</summary>
public sealed record CollectResult
{
    /// <summary>Objects deleted, copies counted one by one.</summary>
    public long ObjectsDeleted { get; init; }

    /// <summary>Their bytes.</summary>
    public long BytesFreed { get; init; }

    /// <summary>Manifests deleted that a tombstone covers.</summary>
    public long ManifestsDeleted { get; init; }

    /// <summary>Pieces of dead uploads deleted.</summary>
    public long TemporariesDeleted { get; init; }

    /// <summary>Copies condemned that wait for leases; a later run deletes them.</summary>
    public long ObjectsWaiting { get; init; }

    /// <summary>Their bytes.</summary>
    public long BytesWaiting { get; init; }

    /// <summary>Packs rewritten to drop what is dead in them.</summary>
    public long PacksRewritten { get; init; }

    /// <summary>Bytes of the packs that were made of them.</summary>
    public long BytesRewritten { get; init; }

    /// <summary>Leases ended because they stood still.</summary>
    public int WritersShutOut { get; init; }

    /// <summary>Bytes of packs, maps, reference objects and runs that the store holds now.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Who was still waited for, in words for people.</summary>
    public IReadOnlyList<string> WaitingFor { get; init; } = [];
}
