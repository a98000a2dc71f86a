using System.Buffers.Binary;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>VHDX metadata table: what metadata items there are.</summary>
/// <remarks>[MS-VHDX] 2.6.1. 64 KiB at the start of the metadata region.</remarks>
internal static class VhdxMetadataTable
{
    /// <summary>Size of the structure in bytes.</summary>
    public const int Size = 65536;

    private const int SignatureAt = 0;
    private const int ReservedAt = SignatureAt + 8;
    private const int EntryCountAt = ReservedAt + 2;
    private const int Reserved2At = EntryCountAt + 2;
    private const int EntriesAt = Reserved2At + 20;
    private const int MaximumEntries = 2047;

    private static ReadOnlySpan<byte> Signature => "metadata"u8;

    /// <summary>Reads and checks a table.</summary>
    /// <param name="source"><see cref="Size"/> bytes.</param>
    /// <param name="offset">Offset of the table in the file, in bytes.</param>
    /// <param name="regionLength">Length of the metadata region in bytes.</param>
    /// <param name="path">Path for errors.</param>
    /// <exception cref="InvalidFormatException">The table or an entry is wrong.</exception>
    /// <exception cref="UnsupportedFeatureException">A required item is not known.</exception>
    public static IReadOnlyDictionary<Guid, VhdxMetadataEntry> Read(ReadOnlySpan<byte> source, long offset, uint regionLength, string? path)
    {
        if (!source.StartsWith(Signature))
        {
            throw VhdxErrors.Invalid("metadata table", offset, "it does not start with 'metadata'", "2.6.1.1", path);
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(source[EntryCountAt..]);
        if (count > MaximumEntries)
        {
            throw VhdxErrors.Invalid("metadata table", offset, FormattableString.Invariant($"{count} entries, at most {MaximumEntries} can be"), "2.6.1.1", path);
        }

        var entries = new Dictionary<Guid, VhdxMetadataEntry>();
        for (int i = 0; i < count; i++)
        {
            var entry = VhdxMetadataEntry.Read(source[(EntriesAt + (i * VhdxMetadataEntry.Size))..]);
            bool isUser = entry.Flags.HasFlag(VhdxMetadataFlags.IsUser);
            if (entry.Flags.HasFlag(VhdxMetadataFlags.IsRequired) && (isUser || !IsKnown(entry.Id)))
            {
                throw VhdxErrors.Unsupported(path, $"it has the required metadata item {entry.Id}, which is not known");
            }

            if (isUser)
            {
                continue; // Items of others may use the same ids, and say nothing of the disk.
            }

            if (entry.Length > 0 && (entry.Offset < Size || entry.Length > VhdxMetadataEntry.MaximumLength || entry.Offset > regionLength - entry.Length))
            {
                throw VhdxErrors.Invalid(
                    "metadata table", offset, FormattableString.Invariant($"item {entry.Id} of {entry.Length} bytes at {entry.Offset} does not lie inside the region of {regionLength} bytes"), "2.6.1.2", path);
            }

            if (!entries.TryAdd(entry.Id, entry))
            {
                throw VhdxErrors.Invalid("metadata table", offset, $"item {entry.Id} is there twice", "2.6.1.2", path);
            }
        }

        return entries;
    }

    /// <summary>Writes a table.</summary>
    /// <param name="target"><see cref="Size"/> bytes.</param>
    /// <param name="entries">The entries.</param>
    public static void Write(Span<byte> target, IReadOnlyList<VhdxMetadataEntry> entries)
    {
        target[..Size].Clear();
        Signature.CopyTo(target[SignatureAt..]);
        BinaryPrimitives.WriteUInt16LittleEndian(target[EntryCountAt..], (ushort)entries.Count);
        for (int i = 0; i < entries.Count; i++)
        {
            entries[i].Write(target[(EntriesAt + (i * VhdxMetadataEntry.Size))..]);
        }
    }

    private static bool IsKnown(Guid id) =>
        id == VhdxLayout.FileParametersItem || id == VhdxLayout.VirtualDiskSizeItem || id == VhdxLayout.VirtualDiskIdItem
        || id == VhdxLayout.LogicalSectorSizeItem || id == VhdxLayout.PhysicalSectorSizeItem || id == VhdxLayout.ParentLocatorItem;
}
