using System.Text;
using Portability.Core.Binary;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Qcow2;

/// <summary>Directory of persistent bitmaps.</summary>
/// <remarks>QEMU docs/interop/qcow2, "Bitmap directory". Entries of 24 bytes, extra data and a name, padded to eight bytes; big-endian.</remarks>
internal static class Qcow2BitmapDirectory
{
    /// <summary>Most bitmaps of an image, by the specification.</summary>
    public const int MaximumCount = 65535;

    /// <summary>Larger directories are refused: room for 16,000 bitmaps with the longest names.</summary>
    public const int MaximumSize = 16 << 20;

    private const int FixedSize = 8 + 4 + 4 + 1 + 1 + 2 + 4;
    private const int MaximumGranularityBits = 31;
    private const byte DirtyTrackingType = 1;
    private const uint InUseFlag = 1;
    private const uint AutoFlag = 2;
    private const string Section = "Bitmap directory";

    /// <summary>Reads the directory.</summary>
    /// <param name="file">The image file.</param>
    /// <param name="place">Number of bitmaps, size and offset of the directory in bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">The directory does not follow the format.</exception>
    public static async ValueTask<IReadOnlyList<Qcow2Bitmap>> ReadAsync(
        IBlockDevice file, (uint Count, ulong Size, ulong Offset) place, CancellationToken cancellationToken)
    {
        if (place.Count > MaximumCount || place.Size > MaximumSize || place.Offset > (ulong)file.Length || place.Size > (ulong)file.Length - place.Offset)
        {
            throw Qcow2Errors.Invalid(
                "bitmap directory",
                (long)Math.Min(place.Offset, long.MaxValue),
                FormattableString.Invariant($"{place.Count} bitmaps in {place.Size} bytes, limits are {MaximumCount}, {MaximumSize} bytes and the file's {file.Length} bytes"),
                Section,
                file.Name);
        }

        byte[] directory = new byte[(int)place.Size];
        await file.ReadAsync((long)place.Offset, directory, cancellationToken).ConfigureAwait(false);
        return Parse(directory, place.Count, (long)place.Offset);
    }

    private static List<Qcow2Bitmap> Parse(ReadOnlySpan<byte> directory, uint count, long origin)
    {
        var bitmaps = new List<Qcow2Bitmap>();
        var reader = new SpanReader(directory, Qcow2Format.FormatName, "bitmap directory", origin);
        for (uint i = 0; i < count; i++)
        {
            ulong tableOffset = reader.ReadUInt64BigEndian();
            uint tableSize = reader.ReadUInt32BigEndian();
            uint flags = reader.ReadUInt32BigEndian();
            byte type = reader.ReadByte();
            byte granularityBits = reader.ReadByte();
            int nameSize = reader.ReadUInt16BigEndian();
            uint extraSize = reader.ReadUInt32BigEndian();
            if (granularityBits > MaximumGranularityBits || tableOffset > long.MaxValue || extraSize > (uint)reader.Remaining)
            {
                throw reader.Error(FormattableString.Invariant(
                    $"bitmap {i} has a granularity of 2^{granularityBits}, a table at 0x{tableOffset:X} and {extraSize} bytes of extra data"));
            }

            reader.Skip((int)extraSize);
            string name = Encoding.UTF8.GetString(reader.ReadBytes(nameSize));
            reader.Skip(-(FixedSize + (int)extraSize + nameSize) & 7);
            if (type == DirtyTrackingType)
            {
                bitmaps.Add(new Qcow2Bitmap(
                    name, 1L << granularityBits, (flags & InUseFlag) != 0, (flags & AutoFlag) != 0, (long)tableOffset, tableSize));
            }
        }

        return bitmaps;
    }
}
