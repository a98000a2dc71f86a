namespace Portability.FileSystems.Fat;

/// <summary>Where the parts of a volume lie, from its checked boot sector. Immutable.</summary>
internal sealed record FatGeometry
{
    /// <summary>Number of the first cluster.</summary>
    public const uint FirstCluster = 2;

    /// <summary>What the table's entries are.</summary>
    public required FatType Type { get; init; }

    /// <summary>Bytes of a sector.</summary>
    public required int SectorSize { get; init; }

    /// <summary>Bytes of a cluster.</summary>
    public required int ClusterSize { get; init; }

    /// <summary>Clusters that the table has entries for.</summary>
    public required uint ClusterCount { get; init; }

    /// <summary>Offset of the table that is in use, in bytes.</summary>
    public required long FatOffset { get; init; }

    /// <summary>Length of one table in bytes.</summary>
    public required long FatLength { get; init; }

    /// <summary>Offset of the first cluster, in bytes.</summary>
    public required long HeapOffset { get; init; }

    /// <summary>Bytes that the volume says it has.</summary>
    public required long Length { get; init; }

    /// <summary>Offset of the root directory of FAT12 and FAT16, in bytes.</summary>
    public long RootOffset { get; init; }

    /// <summary>Length of the root directory of FAT12 and FAT16, in bytes; 0 where it is a chain of clusters.</summary>
    public int RootLength { get; init; }

    /// <summary>First cluster of the root directory; 0 for FAT12 and FAT16.</summary>
    public uint RootCluster { get; init; }

    /// <summary>Tells whether there is a cluster of that number.</summary>
    public bool HasCluster(uint cluster) => cluster >= FirstCluster && cluster - FirstCluster < ClusterCount;

    /// <summary>Offset of a cluster in the volume, in bytes.</summary>
    public long OffsetOf(uint cluster) => HeapOffset + ((long)(cluster - FirstCluster) * ClusterSize);

    /// <summary>Clusters that a number of bytes takes.</summary>
    public long ClustersFor(long length) => (length / ClusterSize) + (length % ClusterSize == 0 ? 0 : 1);

    /// <summary>Finds the cluster in which an offset of the volume lies.</summary>
    public bool TryFindCluster(long offset, out uint cluster)
    {
        long index = offset < HeapOffset ? -1 : (offset - HeapOffset) / ClusterSize;
        bool found = index >= 0 && index < ClusterCount;
        cluster = found ? (uint)index + FirstCluster : 0;
        return found;
    }
}
