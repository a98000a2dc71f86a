using System.Numerics;

namespace Portability.Disks.Formats.Qcow2;

/// <summary>Where the fixed parts of a new image lie: header, refcount table, L1 table, then whatever is written.</summary>
/// <remarks>The refcount table is made large enough for a disk that is written to the last byte, so that it never moves.</remarks>
internal sealed record Qcow2Layout
{
    /// <summary>Cluster size unless another is asked for, in bytes; QEMU's own default.</summary>
    public const int DefaultClusterSize = 65536;

    /// <summary>Size of a refcount in bytes.</summary>
    public const int RefcountSize = 2;

    /// <summary>Size of the disk in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>Sector size that the disk shows, in bytes; the format does not store it.</summary>
    public required int LogicalSectorSize { get; init; }

    /// <summary>Cluster size in bytes.</summary>
    public required int ClusterSize { get; init; }

    /// <summary>Entries of the L1 table.</summary>
    public required int L1Size { get; init; }

    /// <summary>Clusters of the refcount table.</summary>
    public required int RefcountTableClusters { get; init; }

    /// <summary>Entries of an L2 table.</summary>
    public int L2EntryCount => ClusterSize / 8;

    /// <summary>Clusters that one refcount block counts.</summary>
    public int ClustersPerRefcountBlock => ClusterSize / RefcountSize;

    /// <summary>Offset of the refcount table in bytes.</summary>
    public long RefcountTableOffset => ClusterSize;

    /// <summary>Offset of the L1 table in bytes.</summary>
    public long L1TableOffset => (1L + RefcountTableClusters) * ClusterSize;

    /// <summary>First cluster behind the fixed parts.</summary>
    public long FirstFreeCluster => 1L + RefcountTableClusters + CeilingDivide(L1Size * 8L, ClusterSize);

    /// <summary>The header of the finished image.</summary>
    public Qcow2Header Header => new()
    {
        Version = 3,
        ClusterBits = (uint)BitOperations.Log2((uint)ClusterSize),
        Size = (ulong)Length,
        L1Size = (uint)L1Size,
        L1TableOffset = (ulong)L1TableOffset,
        RefcountTableOffset = (ulong)RefcountTableOffset,
        RefcountTableClusters = (uint)RefcountTableClusters,
        RefcountOrder = 4,
        HeaderLength = Qcow2Header.Version3Size,
    };

    /// <summary>Plans an image.</summary>
    /// <param name="format">The format.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="path">The file, for errors.</param>
    /// <exception cref="UnsupportedFeatureException">The format cannot hold such a disk.</exception>
    public static Qcow2Layout Plan(Qcow2Format format, DiskCreateOptions options, string path)
    {
        DiskCreation.ChooseSubFormat(format, options, path);
        long clusterSize = options.BlockSize ?? DefaultClusterSize;
        if (clusterSize is < 1 << Qcow2Header.MinimumClusterBits or > 1 << Qcow2Header.MaximumClusterBits || !BitOperations.IsPow2(clusterSize))
        {
            throw DiskCreation.Refuse(
                format,
                path,
                FormattableString.Invariant($"clusters of {clusterSize} bytes are not possible"),
                "Set the block size to a power of two from 512 bytes to 2 MiB.");
        }

        long coverage = clusterSize * (clusterSize / 8);
        long length = DiskCreation.CheckLength(format, options, coverage * (Qcow2Header.MaximumL1Bytes / 8), path);
        int tables = (int)CeilingDivide(length, coverage);
        long fixedClusters = 1 + CeilingDivide(tables * 8L, clusterSize) + tables + CeilingDivide(length, clusterSize);
        long blocks = 0;
        long tableClusters = 0;
        while (true)
        {
            long needed = CeilingDivide(fixedClusters + blocks + tableClusters, clusterSize / RefcountSize);
            if (needed == blocks)
            {
                break;
            }

            blocks = needed;
            tableClusters = CeilingDivide(blocks * 8, clusterSize);
        }

        return new Qcow2Layout
        {
            Length = length,
            LogicalSectorSize = options.LogicalSectorSize,
            ClusterSize = (int)clusterSize,
            L1Size = tables,
            RefcountTableClusters = (int)tableClusters,
        };
    }

    private static long CeilingDivide(long value, long by) => (value / by) + (value % by == 0 ? 0 : 1);
}
