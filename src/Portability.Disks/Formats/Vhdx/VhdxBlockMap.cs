namespace Portability.Disks.Formats.Vhdx;

/// <summary>Finds the bytes of a VHDX in its file.</summary>
/// <param name="table">The block allocation table.</param>
/// <param name="geometry">Where entries lie in it.</param>
/// <param name="diskLength">Size of the disk in bytes.</param>
/// <param name="hasParent">True for a differencing disk.</param>
/// <param name="path">Path for errors.</param>
internal sealed class VhdxBlockMap(VhdxBlockAllocationTable table, VhdxBlockGeometry geometry, long diskLength, bool hasParent, string? path)
{
    /// <summary>The block allocation table.</summary>
    public VhdxBlockAllocationTable Table => table;

    /// <summary>Where entries lie in the table.</summary>
    public VhdxBlockGeometry Geometry => geometry;

    /// <summary>
    /// Maps an offset by its entry, and adds the blocks behind that go on in the same way as far as their entries are at hand. Of a
    /// block that is partially present, nothing is said of whose its sectors are.
    /// </summary>
    /// <param name="offset">Offset on the disk, in bytes.</param>
    /// <param name="length">Bytes of interest.</param>
    /// <param name="entry">Entry of the offset's block.</param>
    /// <param name="fileLength">Size of the file in bytes.</param>
    /// <exception cref="InvalidFormatException">An entry is wrong.</exception>
    public MappedRun Map(long offset, long length, VhdxTableEntry entry, long fileLength)
    {
        long block = offset / geometry.BlockSize;
        MappedRunKind kind = KindOf(block, entry, fileLength);
        long end = (block + 1) * geometry.BlockSize;
        if (entry.State != VhdxBlockState.PartiallyPresent)
        {
            ulong expected = entry.FileOffset;
            (long, ulong[]?) recent = default;
            while (end < offset + length
                && ++block < geometry.PayloadCount
                && table.TryGet(geometry.PayloadEntry(block), ref recent, out VhdxTableEntry next)
                && next.State != VhdxBlockState.PartiallyPresent
                && KindOf(block, next, fileLength) == kind)
            {
                expected += (ulong)geometry.BlockSize;
                if (kind == MappedRunKind.Stored && next.FileOffset != expected)
                {
                    break;
                }

                end += geometry.BlockSize;
            }
        }

        long within = offset % geometry.BlockSize;
        return new MappedRun(Math.Min(end, diskLength) - offset, kind, kind == MappedRunKind.Stored ? (long)entry.FileOffset + within : 0);
    }

    /// <summary>Finds the bitmap block of a payload block that is partially present.</summary>
    /// <param name="block">Index of the payload block.</param>
    /// <param name="entry">Entry of the bitmap block.</param>
    /// <param name="fileLength">Size of the file in bytes.</param>
    /// <returns>Offset of the bitmap block in the file, in bytes.</returns>
    /// <exception cref="InvalidFormatException">There is none, or it leaves the file.</exception>
    public long LocateBitmap(long block, VhdxTableEntry entry, long fileLength) =>
        entry.State == VhdxBlockState.FullyPresent && IsInside(entry, VhdxLayout.Alignment, fileLength)
            ? (long)entry.FileOffset
            : throw Wrong(block, FormattableString.Invariant($"is partially present, and its sector bitmap block with the entry 0x{entry.Value:X} is not"), "2.5.1.2");

    private static bool IsInside(VhdxTableEntry entry, long length, long fileLength) =>
        entry.FileOffset >= (ulong)VhdxLayout.Alignment && entry.FileOffset <= (ulong)fileLength && length <= fileLength - (long)entry.FileOffset;

    private MappedRunKind KindOf(long block, VhdxTableEntry entry, long fileLength)
    {
        switch (entry.State)
        {
            case VhdxBlockState.NotPresent:
                return MappedRunKind.Absent;
            case VhdxBlockState.Undefined or VhdxBlockState.Zero or VhdxBlockState.Unmapped:
                return MappedRunKind.Zero;
            case VhdxBlockState.FullyPresent:
            case VhdxBlockState.PartiallyPresent when hasParent:
                long used = Math.Min(geometry.BlockSize, diskLength - (block * geometry.BlockSize));
                return IsInside(entry, used, fileLength)
                    ? MappedRunKind.Stored
                    : throw Wrong(block, FormattableString.Invariant($"at 0x{entry.FileOffset:X} does not lie inside the file of {fileLength} bytes"), "2.5.1");
            default:
                throw Wrong(block, FormattableString.Invariant($"has the state {(int)entry.State}, which cannot be"), "2.5.1.1");
        }
    }

    private InvalidFormatException Wrong(long block, string fact, string section) =>
        VhdxErrors.Invalid("block allocation table", -1, FormattableString.Invariant($"block {block} {fact}"), section, path);
}
