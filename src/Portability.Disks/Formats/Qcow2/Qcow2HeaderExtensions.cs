using System.Buffers.Binary;
using System.Text;

namespace Portability.Disks.Formats.Qcow2;

/// <summary>Header extensions: those that matter, by name. Unknown ones may be ignored by their definition.</summary>
/// <remarks>QEMU docs/interop/qcow2, "Header extensions". Type and length, four bytes each, big-endian; data padded to eight bytes.</remarks>
internal sealed record Qcow2HeaderExtensions
{
    private const uint EndType = 0;
    private const uint BackingFormatType = 0xE2792ACA;
    private const uint FeatureNamesType = 0x6803F857;
    private const uint BitmapsType = 0x23852875;
    private const uint DataFileType = 0x44415441;
    private const int FeatureNameSize = 48;
    private const int BitmapsSize = 24;

    /// <summary>Format of the backing file in QEMU's words, or null.</summary>
    public string? BackingFormat { get; private init; }

    /// <summary>Name of the external data file, or null.</summary>
    public string? DataFile { get; private init; }

    /// <summary>Names of incompatible features by their bit.</summary>
    public IReadOnlyDictionary<int, string> IncompatibleNames { get; private init; } = new Dictionary<int, string>();

    /// <summary>Number of persistent bitmaps, offset and size of their directory in bytes; null when there are none.</summary>
    public (uint Count, ulong Size, ulong Offset)? BitmapDirectory { get; private init; }

    /// <summary>Reads extensions up to the one that ends them.</summary>
    /// <param name="source">The first cluster, or as much as can hold extensions.</param>
    /// <param name="start">Where they begin, in bytes.</param>
    /// <exception cref="InvalidFormatException">An extension reaches past the end.</exception>
    public static Qcow2HeaderExtensions Read(ReadOnlySpan<byte> source, int start)
    {
        var result = new Qcow2HeaderExtensions();
        int at = start;
        while (source.Length - at >= 8)
        {
            uint type = BinaryPrimitives.ReadUInt32BigEndian(source[at..]);
            uint length = BinaryPrimitives.ReadUInt32BigEndian(source[(at + 4)..]);
            if (type == EndType)
            {
                break;
            }

            if (length > (uint)(source.Length - at - 8))
            {
                throw Qcow2Errors.Invalid(
                    "header extension", at, FormattableString.Invariant($"type 0x{type:X8} has {length} bytes, {source.Length - at - 8} are left"), "Header extensions");
            }

            result = result.With(type, source.Slice(at + 8, (int)length), at);
            at += 8 + (int)Math.Min((length + 7L) & ~7L, source.Length - at - 8);
        }

        return result;
    }

    private Qcow2HeaderExtensions With(uint type, ReadOnlySpan<byte> data, int at) => type switch
    {
        BackingFormatType => this with { BackingFormat = Encoding.UTF8.GetString(data).TrimEnd('\0') },
        DataFileType => this with { DataFile = Encoding.UTF8.GetString(data).TrimEnd('\0') },
        FeatureNamesType => this with { IncompatibleNames = ReadNames(data) },
        BitmapsType when data.Length < BitmapsSize =>
            throw Qcow2Errors.Invalid("bitmaps extension", at, FormattableString.Invariant($"it has {data.Length} bytes, {BitmapsSize} are needed"), "Bitmaps extension"),
        BitmapsType => this with
        {
            BitmapDirectory = (
                BinaryPrimitives.ReadUInt32BigEndian(data),
                BinaryPrimitives.ReadUInt64BigEndian(data[8..]),
                BinaryPrimitives.ReadUInt64BigEndian(data[16..])),
        },
        _ => this,
    };

    private static Dictionary<int, string> ReadNames(ReadOnlySpan<byte> data)
    {
        var names = new Dictionary<int, string>();
        for (; data.Length >= FeatureNameSize; data = data[FeatureNameSize..])
        {
            if (data[0] == 0)
            {
                names[data[1]] = Encoding.UTF8.GetString(data[2..FeatureNameSize]).TrimEnd('\0');
            }
        }

        return names;
    }
}
