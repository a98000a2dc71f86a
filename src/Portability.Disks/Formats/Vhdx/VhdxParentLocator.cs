using System.Buffers.Binary;
using System.Text;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>VHDX parent locator: which state of which file a differencing disk was made over, as keys and values.</summary>
/// <remarks>[MS-VHDX] 2.6.2.6. Little-endian; keys and values are UTF-16 without a terminator.</remarks>
/// <param name="Values">Values by key.</param>
internal sealed record VhdxParentLocator(IReadOnlyDictionary<string, string> Values)
{
    private const int TypeAt = 0;
    private const int ReservedAt = TypeAt + 16;
    private const int CountAt = ReservedAt + 2;
    private const int EntriesAt = CountAt + 2;
    private const int KeyOffsetAt = 0;
    private const int ValueOffsetAt = KeyOffsetAt + 4;
    private const int KeyLengthAt = ValueOffsetAt + 4;
    private const int ValueLengthAt = KeyLengthAt + 2;
    private const int EntrySize = ValueLengthAt + 2;

    private const string LinkageKey = "parent_linkage", SecondLinkageKey = "parent_linkage2";

    // In the order in which [MS-VHDX] 2.6.2.6.3 has a reader try them.
    private static readonly string[] PathKeys = ["relative_path", "volume_path", "absolute_win32_path"];

    /// <summary>The parent's DataWriteGuid when the child was made.</summary>
    public Guid Linkage => Guid.TryParse(Values.GetValueOrDefault(LinkageKey), out Guid id) ? id : Guid.Empty;

    /// <summary>A second DataWriteGuid that is as good, or null.</summary>
    public Guid? SecondLinkage => Guid.TryParse(Values.GetValueOrDefault(SecondLinkageKey), out Guid id) ? id : null;

    /// <summary>Paths of the parent, the best first.</summary>
    public IEnumerable<string> Paths => PathKeys.Select(key => Values.GetValueOrDefault(key)).OfType<string>();

    /// <summary>Reads a locator.</summary>
    /// <param name="source">Bytes of the metadata item.</param>
    /// <param name="offset">Offset of the item in the file, in bytes.</param>
    /// <param name="path">Path for errors.</param>
    /// <exception cref="InvalidFormatException">The item is damaged or has no linkage.</exception>
    /// <exception cref="UnsupportedFeatureException">The locator's type is not known.</exception>
    public static VhdxParentLocator Read(ReadOnlySpan<byte> source, long offset, string? path)
    {
        if (source.Length < EntriesAt)
        {
            throw VhdxErrors.Invalid("parent locator", offset, FormattableString.Invariant($"it has {source.Length} bytes, {EntriesAt} at least are needed"), "2.6.2.6.1", path);
        }

        var type = new Guid(source.Slice(TypeAt, 16));
        if (type != VhdxLayout.VhdxParentLocatorType)
        {
            throw VhdxErrors.Unsupported(path, $"its parent locator has the type {type}, which is not known");
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(source[CountAt..]);
        if (EntriesAt + (count * EntrySize) > source.Length)
        {
            throw VhdxErrors.Invalid("parent locator", offset, FormattableString.Invariant($"{count} entries do not fit its {source.Length} bytes"), "2.6.2.6.1", path);
        }

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = source[(EntriesAt + (i * EntrySize))..];
            string key = Text(source, entry, KeyOffsetAt, KeyLengthAt, offset, path);
            if (!values.TryAdd(key, Text(source, entry, ValueOffsetAt, ValueLengthAt, offset, path)))
            {
                throw VhdxErrors.Invalid("parent locator", offset, $"the key '{key}' is there twice", "2.6.2.6.2", path);
            }
        }

        var locator = new VhdxParentLocator(values);
        return locator.Linkage != Guid.Empty
            ? locator
            : throw VhdxErrors.Invalid("parent locator", offset, "parent_linkage is missing or not a GUID", "2.6.2.6.3", path);
    }

    /// <summary>Encodes the locator.</summary>
    public byte[] Write()
    {
        using var text = new MemoryStream();
        byte[] entries = new byte[EntriesAt + (Values.Count * EntrySize)];
        VhdxLayout.VhdxParentLocatorType.TryWriteBytes(entries.AsSpan(TypeAt));
        BinaryPrimitives.WriteUInt16LittleEndian(entries.AsSpan(CountAt), (ushort)Values.Count);
        int index = 0;
        foreach ((string key, string value) in Values)
        {
            Span<byte> entry = entries.AsSpan(EntriesAt + (index++ * EntrySize));
            BinaryPrimitives.WriteUInt32LittleEndian(entry[KeyOffsetAt..], (uint)(entries.Length + text.Length));
            BinaryPrimitives.WriteUInt16LittleEndian(entry[KeyLengthAt..], (ushort)(key.Length * 2));
            text.Write(Encoding.Unicode.GetBytes(key));
            BinaryPrimitives.WriteUInt32LittleEndian(entry[ValueOffsetAt..], (uint)(entries.Length + text.Length));
            BinaryPrimitives.WriteUInt16LittleEndian(entry[ValueLengthAt..], (ushort)(value.Length * 2));
            text.Write(Encoding.Unicode.GetBytes(value));
        }

        return [.. entries, .. text.ToArray()];
    }

    private static string Text(ReadOnlySpan<byte> source, ReadOnlySpan<byte> entry, int offsetAt, int lengthAt, long origin, string? path)
    {
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(entry[offsetAt..]);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(entry[lengthAt..]);
        return offset <= source.Length && length <= source.Length - offset
            ? Encoding.Unicode.GetString(source.Slice((int)offset, length))
            : throw VhdxErrors.Invalid("parent locator", origin, FormattableString.Invariant($"{length} bytes at {offset} do not lie inside its {source.Length} bytes"), "2.6.2.6.2", path);
    }
}
