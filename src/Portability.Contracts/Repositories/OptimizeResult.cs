namespace Portability;

/// <summary>What a collection and compaction of a repository did.</summary>
public sealed record OptimizeResult
{
    /// <summary>Identifier of the repository.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>Place of the repository.</summary>
    public string RepositoryPath { get; init; } = string.Empty;

    /// <summary>Bytes that the store holds fewer.</summary>
    public long BytesFreed { get; init; }

    /// <summary>Objects deleted.</summary>
    public long ObjectsDeleted { get; init; }

    /// <summary>Objects condemned that wait for writers to note it; a later run deletes them.</summary>
    public long ObjectsWaiting { get; init; }

    /// <summary>Bytes of the objects that wait.</summary>
    public long BytesWaiting { get; init; }

    /// <summary>Packs rewritten to drop what nothing names.</summary>
    public long PacksRewritten { get; init; }

    /// <summary>Bytes copied to rewrite packs.</summary>
    public long BytesRewritten { get; init; }

    /// <summary>Abandoned writers that were shut out.</summary>
    public int WritersShutOut { get; init; }

    /// <summary>Bytes that the store holds now.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Time taken.</summary>
    public TimeSpan Duration { get; init; }
}
