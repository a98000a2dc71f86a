using System.Buffers.Binary;
using System.Text;
using Portability.Disks.Blocks;

namespace Portability.FileSystems.Lvm;

/// <summary>A metadata area of a physical volume: a header, and texts in a ring behind it, the newest of which counts. Little-endian.</summary>
/// <remarks>LVM2 on-disk format, `struct mda_header`, `struct raw_locn`.</remarks>
internal static class MetadataArea
{
    private const int HeaderSize = 512;
    private const int MagicAt = 4, StartAt = 24, SizeAt = 32, LocationAt = 40, LocationSizeAt = 48, LocationChecksumAt = 56, LocationFlagsAt = 60;
    private const uint Ignored = 1;
    private const int MaximumTextSize = 16 << 20;

    private static ReadOnlySpan<byte> Magic => " LVM2 x[5A%r0N*>"u8;

    /// <summary>Reads the newest text.</summary>
    /// <param name="device">The physical volume.</param>
    /// <param name="offset">Offset of the area in bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Null if the area holds none, or is not to be used.</returns>
    /// <exception cref="InvalidFormatException">It is damaged.</exception>
    public static async Task<string?> TryReadAsync(IBlockDevice device, long offset, CancellationToken cancellationToken)
    {
        if (offset < 0 || offset > device.Length - HeaderSize)
        {
            throw LvmErrors.Invalid(device.Name, "metadata area", offset, "it lies outside");
        }

        byte[] header = new byte[HeaderSize];
        await device.ReadAsync(offset, header, cancellationToken).ConfigureAwait(false);
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(header), computed = LvmChecksum.Compute(header.AsSpan(MagicAt));
        if (!header.AsSpan(MagicAt).StartsWith(Magic) || stored != computed)
        {
            throw LvmErrors.Invalid(device.Name, "metadata area", offset, FormattableString.Invariant($"its checksum is 0x{stored:X8} and should be 0x{computed:X8}"));
        }

        ulong start = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(StartAt)), size = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(SizeAt));
        ulong at = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(LocationAt)), length = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(LocationSizeAt));
        if (at == 0 || length == 0 || (BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(LocationFlagsAt)) & Ignored) != 0)
        {
            return null;
        }

        if (start != (ulong)offset || size > (ulong)(device.Length - offset) || at < HeaderSize || at >= size || length > Math.Min(size - HeaderSize, MaximumTextSize))
        {
            throw LvmErrors.Invalid(device.Name, "metadata area", offset, FormattableString.Invariant($"its text of {length} bytes at {at} does not fit into {size} bytes at {start}"));
        }

        byte[] text = new byte[length];
        int first = (int)Math.Min(length, size - at);
        await device.ReadAsync(offset + (long)at, text.AsMemory(0, first), cancellationToken).ConfigureAwait(false);
        await device.ReadAsync(offset + HeaderSize, text.AsMemory(first), cancellationToken).ConfigureAwait(false); // the ring goes on behind the header
        uint wanted = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(LocationChecksumAt)), found = LvmChecksum.Compute(text);
        return wanted == found
            ? Encoding.UTF8.GetString(text).TrimEnd('\0')
            : throw LvmErrors.Invalid(device.Name, "metadata", offset + (long)at, FormattableString.Invariant($"its checksum is 0x{wanted:X8} and should be 0x{found:X8}"));
    }
}
