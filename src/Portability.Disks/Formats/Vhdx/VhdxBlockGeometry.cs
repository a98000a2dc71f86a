using System.Numerics;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>Where the entries of payload and sector bitmap blocks lie in the table: after each chunk's payload entries its bitmap entry.</summary>
/// <remarks>[MS-VHDX] 2.5.</remarks>
internal readonly record struct VhdxBlockGeometry
{
    private readonly int chunkShift;

    /// <summary>Computes the geometry of checked metadata.</summary>
    public VhdxBlockGeometry(VhdxMetadata metadata)
    {
        BlockSize = metadata.BlockSize;
        ChunkRatio = VhdxLayout.SectorsPerBitmapBlock * metadata.LogicalSectorSize / BlockSize;
        chunkShift = BitOperations.Log2((ulong)ChunkRatio); // Sectors and blocks are powers of two, so the ratio is.
        PayloadCount = ((long)metadata.Length + BlockSize - 1) / BlockSize;
        EntryCount = metadata.HasParent
            ? (PayloadCount + ChunkRatio - 1) / ChunkRatio * (ChunkRatio + 1)
            : PayloadCount + ((PayloadCount - 1) / ChunkRatio);
    }

    /// <summary>Size of a payload block in bytes.</summary>
    public long BlockSize { get; }

    /// <summary>Payload blocks of one bitmap block.</summary>
    public long ChunkRatio { get; }

    /// <summary>Payload blocks of the disk.</summary>
    public long PayloadCount { get; }

    /// <summary>Entries of the table.</summary>
    public long EntryCount { get; }

    /// <summary>Index of a payload block's entry.</summary>
    public long PayloadEntry(long block) => block + (block >> chunkShift);

    /// <summary>Index of the entry of the bitmap block that a payload block belongs to.</summary>
    public long BitmapEntry(long block) => ((block >> chunkShift) * (ChunkRatio + 1)) + ChunkRatio;
}
