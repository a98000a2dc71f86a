namespace Portability.Disks.Formats.Vhd;

/// <summary>Finds the bytes of a dynamic or differencing VHD in its file.</summary>
/// <param name="table">The block allocation table.</param>
/// <param name="blockSize">Size of a block's data in bytes.</param>
/// <param name="bitmapSize">Size of a block's bitmap in bytes.</param>
/// <param name="diskLength">Size of the disk in bytes.</param>
internal sealed class VhdBlockMap(VhdBlockAllocationTable table, long blockSize, int bitmapSize, long diskLength)
{
    /// <summary>The block allocation table.</summary>
    public VhdBlockAllocationTable Table => table;

    /// <summary>Size of a block's data in bytes.</summary>
    public long BlockSize => blockSize;

    /// <summary>Size of a block's bitmap in bytes.</summary>
    public int BitmapSize => bitmapSize;

    /// <summary>Maps an offset by the table alone, as if every sector of a stored block were valid.</summary>
    /// <param name="offset">Offset on the disk, in bytes.</param>
    /// <param name="length">Bytes of interest.</param>
    /// <param name="fileLength">Size of the file in bytes.</param>
    /// <param name="path">Path for the error.</param>
    /// <exception cref="InvalidFormatException">The block does not lie inside the file.</exception>
    public MappedRun Map(long offset, long length, long fileLength, string? path)
    {
        int block = (int)(offset / blockSize);
        long within = offset % blockSize;
        long start = table[block];
        if (start < 0)
        {
            long end = (block + 1) * blockSize;
            while (end < offset + length && ++block < table.Count && table[block] < 0)
            {
                end += blockSize;
            }

            return new MappedRun(Math.Min(end, diskLength) - offset, MappedRunKind.Absent);
        }

        long used = Math.Min(blockSize, diskLength - (block * blockSize));
        if (start + bitmapSize + used > fileLength)
        {
            throw VhdErrors.Invalid(
                "block allocation table", -1, FormattableString.Invariant($"block {block} at 0x{start:X} does not lie inside the file of {fileLength} bytes"), path);
        }

        return new MappedRun(used - within, MappedRunKind.Stored, start + bitmapSize + within);
    }
}
