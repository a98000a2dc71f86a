namespace Portability.Disks.Formats.Qcow2;

/// <summary>Entry of an L2 table: where a cluster, or each of its 32 subclusters, lies.</summary>
/// <remarks>QEMU docs/interop/qcow2, "Cluster mapping" and "Extended L2 Entries". 8 or 16 bytes, big-endian.</remarks>
/// <param name="Descriptor">The standard or compressed cluster descriptor.</param>
/// <param name="Bitmap">Subcluster bits: 32 allocated, then 32 zero; 0 where entries are not extended.</param>
internal readonly record struct Qcow2L2Entry(ulong Descriptor, ulong Bitmap)
{
    /// <summary>Subclusters of a cluster.</summary>
    public const int SubclusterCount = 32;

    /// <summary>Bits 9 to 55: offset in the file, in bytes.</summary>
    public const ulong OffsetMask = 0x00FF_FFFF_FFFF_FE00;

    /// <summary>Bit 63: the cluster's refcount is exactly one.</summary>
    public const ulong Copied = 1UL << 63;

    private const ulong CompressedFlag = 1UL << 62;
    private const ulong ZeroFlag = 1;
    private const ulong ReservedMask = 0x3F00_0000_0000_01FE;

    /// <summary>True if the cluster is compressed.</summary>
    public bool IsCompressed => (Descriptor & CompressedFlag) != 0;

    /// <summary>True if the whole cluster reads as zeros; not used where entries are extended.</summary>
    public bool IsZero => (Descriptor & ZeroFlag) != 0;

    /// <summary>True if reserved bits of a standard descriptor are set.</summary>
    public bool HasReservedBits => (Descriptor & ReservedMask) != 0;

    /// <summary>Offset of a standard cluster in its file, in bytes; 0 when it has none.</summary>
    public long HostOffset => (long)(Descriptor & OffsetMask);

    /// <summary>True if a standard cluster has a place; 0 is one only in an external data file.</summary>
    /// <param name="external">True if data lies in an external file.</param>
    public bool IsAllocated(bool external) => HostOffset != 0 || (external && (Descriptor & Copied) != 0);

    /// <summary>True if a subcluster is stored.</summary>
    /// <param name="index">Subcluster, 0 to 31.</param>
    public bool IsSubclusterAllocated(int index) => (Bitmap >> index & 1) != 0;

    /// <summary>True if a subcluster reads as zeros.</summary>
    /// <param name="index">Subcluster, 0 to 31.</param>
    public bool IsSubclusterZero(int index) => (Bitmap >> (SubclusterCount + index) & 1) != 0;

    /// <summary>Place of a compressed cluster.</summary>
    /// <param name="clusterBits">Cluster size as a power of two.</param>
    /// <returns>Offset in the file and largest size, both in bytes.</returns>
    public (long Offset, int Size) CompressedPlace(int clusterBits)
    {
        int offsetBits = 62 - (clusterBits - 8);
        long offset = (long)(Descriptor & ((1UL << offsetBits) - 1));
        int sectors = (int)((Descriptor & (CompressedFlag - 1)) >> offsetBits) + 1;
        return (offset, (sectors * 512) - (int)(offset % 512));
    }
}
