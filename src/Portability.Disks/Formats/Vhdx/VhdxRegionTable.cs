using System.Buffers.Binary;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>VHDX region table, one of two equal copies: where the block allocation table and the metadata are.</summary>
/// <remarks>[MS-VHDX] 2.2.3. 64 KiB at 192 KiB and 256 KiB; CRC-32C over all of it with Checksum as 0.</remarks>
internal sealed class VhdxRegionTable
{
    /// <summary>Size of the structure in bytes.</summary>
    public const int Size = 65536;

    private const int SignatureAt = 0;
    private const int ChecksumAt = SignatureAt + 4;
    private const int EntryCountAt = ChecksumAt + 4;
    private const int ReservedAt = EntryCountAt + 4;
    private const int EntriesAt = ReservedAt + 4;
    private const int MaximumEntries = 2047;

    private VhdxRegionTable(VhdxRegion blockAllocationTable, VhdxRegion metadata)
    {
        BlockAllocationTable = blockAllocationTable;
        Metadata = metadata;
    }

    /// <summary>The region of the block allocation table.</summary>
    public VhdxRegion BlockAllocationTable { get; }

    /// <summary>The metadata region.</summary>
    public VhdxRegion Metadata { get; }

    private static ReadOnlySpan<byte> Signature => "regi"u8;

    /// <summary>True if the bytes start as a region table does.</summary>
    public static bool HasSignature(ReadOnlySpan<byte> source) => source.StartsWith(Signature);

    /// <summary>Checksum in the file and checksum of what is in the file.</summary>
    /// <param name="source"><see cref="Size"/> bytes.</param>
    public static (uint Stored, uint Computed) Checksums(ReadOnlySpan<byte> source) =>
        (BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumAt..]), VhdxChecksum.Compute(source[..Size], ChecksumAt));

    /// <summary>Reads and checks a table.</summary>
    /// <param name="source"><see cref="Size"/> bytes.</param>
    /// <param name="offset">Offset of the table in the file, in bytes.</param>
    /// <param name="fileLength">Length of the file in bytes.</param>
    /// <param name="path">Path for errors.</param>
    /// <exception cref="InvalidFormatException">A region is missing, twice there, overlaps another or leaves the file.</exception>
    /// <exception cref="UnsupportedFeatureException">A required region is not known.</exception>
    public static VhdxRegionTable Read(ReadOnlySpan<byte> source, long offset, long fileLength, string? path)
    {
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(source[EntryCountAt..]);
        if (count > MaximumEntries)
        {
            throw VhdxErrors.Invalid("region table", offset, FormattableString.Invariant($"{count} entries, at most {MaximumEntries} can be"), "2.2.3.1", path);
        }

        var regions = new VhdxRegion[count];
        for (int i = 0; i < regions.Length; i++)
        {
            regions[i] = VhdxRegion.Read(source[(EntriesAt + (i * VhdxRegion.Size))..]);
            Validate(regions[i], offset, fileLength, path);
        }

        VhdxRegion[] ordered = [.. regions.OrderBy(region => region.Offset)];
        for (int i = 1; i < ordered.Length; i++)
        {
            if (ordered[i - 1].Offset + ordered[i - 1].Length > ordered[i].Offset)
            {
                throw VhdxErrors.Invalid("region table", offset, FormattableString.Invariant($"two regions overlap at 0x{ordered[i].Offset:X}"), "2.2.3", path);
            }
        }

        return new VhdxRegionTable(
            Find(regions, VhdxLayout.BlockAllocationTableRegion, "block allocation table", offset, path),
            Find(regions, VhdxLayout.MetadataRegion, "metadata", offset, path));
    }

    /// <summary>Writes a table with its checksum.</summary>
    /// <param name="target"><see cref="Size"/> bytes.</param>
    /// <param name="regions">The regions.</param>
    public static void Write(Span<byte> target, params ReadOnlySpan<VhdxRegion> regions)
    {
        target[..Size].Clear();
        Signature.CopyTo(target[SignatureAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[EntryCountAt..], (uint)regions.Length);
        for (int i = 0; i < regions.Length; i++)
        {
            regions[i].Write(target[(EntriesAt + (i * VhdxRegion.Size))..]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumAt..], VhdxChecksum.Compute(target[..Size], ChecksumAt));
    }

    private static void Validate(VhdxRegion region, long offset, long fileLength, string? path)
    {
        bool isKnown = region.Id == VhdxLayout.BlockAllocationTableRegion || region.Id == VhdxLayout.MetadataRegion;
        if (!isKnown && region.IsRequired)
        {
            throw VhdxErrors.Unsupported(path, $"it has the required region {region.Id}, which is not known");
        }

        if (region.Offset < VhdxLayout.Alignment || region.Offset % VhdxLayout.Alignment != 0 || region.Length == 0 || region.Length % VhdxLayout.Alignment != 0)
        {
            throw VhdxErrors.Invalid(
                "region table", offset, FormattableString.Invariant($"the region of {region.Length} bytes at 0x{region.Offset:X} is not made of whole MiB behind the first"), "2.2.3.2", path);
        }

        if (region.Offset > (ulong)fileLength || region.Length > (ulong)fileLength - region.Offset)
        {
            throw VhdxErrors.Invalid(
                "region table", offset, FormattableString.Invariant($"the region of {region.Length} bytes at 0x{region.Offset:X} does not lie inside the file of {fileLength} bytes"), "2.2.3.2", path);
        }
    }

    private static VhdxRegion Find(VhdxRegion[] regions, Guid id, string name, long offset, string? path)
    {
        VhdxRegion[] found = [.. regions.Where(region => region.Id == id)];
        return found.Length == 1
            ? found[0]
            : throw VhdxErrors.Invalid("region table", offset, FormattableString.Invariant($"the {name} region is there {found.Length} times"), "2.2.3.2", path);
    }
}
