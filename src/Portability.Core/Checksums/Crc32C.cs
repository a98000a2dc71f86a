using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;

namespace Portability.Core.Checksums;

/// <summary>CRC-32C (Castagnoli), as VHDX and iSCSI use it (polynomial 0x1EDC6F41, reflected, inverted at both ends).</summary>
/// <remarks>RFC 3720 appendix B.4. Check value of "123456789": 0xE3069283. Uses the processor's instruction where there is one. Thread-safe.</remarks>
public static class Crc32C
{
    private static readonly uint[] Tables = ReflectedTables.Create(0x82F63B78);

    /// <summary>Computes the checksum of bytes.</summary>
    /// <param name="source">Bytes to check; may be empty, which gives 0.</param>
    public static uint Compute(ReadOnlySpan<byte> source) => Append(0, source);

    /// <summary>Continues a checksum.</summary>
    /// <param name="checksum">Checksum of what came before, 0 at the start.</param>
    /// <param name="source">Bytes that follow.</param>
    public static uint Append(uint checksum, ReadOnlySpan<byte> source)
    {
        if (Sse42.X64.IsSupported)
        {
            return ~UpdateX64(~checksum, source);
        }

        return System.Runtime.Intrinsics.Arm.Crc32.Arm64.IsSupported
            ? ~UpdateArm64(~checksum, source)
            : AppendByTable(checksum, source);
    }

    /// <summary>The same by tables, on any processor.</summary>
    internal static uint AppendByTable(uint checksum, ReadOnlySpan<byte> source) => ~ReflectedTables.Update(Tables, ~checksum, source);

    private static uint UpdateX64(uint remainder, ReadOnlySpan<byte> source)
    {
        ulong wide = remainder;
        while (source.Length >= sizeof(ulong))
        {
            wide = Sse42.X64.Crc32(wide, BinaryPrimitives.ReadUInt64LittleEndian(source));
            source = source[sizeof(ulong)..];
        }

        remainder = (uint)wide;
        foreach (byte value in source)
        {
            remainder = Sse42.Crc32(remainder, value);
        }

        return remainder;
    }

    private static uint UpdateArm64(uint remainder, ReadOnlySpan<byte> source)
    {
        while (source.Length >= sizeof(ulong))
        {
            remainder = System.Runtime.Intrinsics.Arm.Crc32.Arm64.ComputeCrc32C(remainder, BinaryPrimitives.ReadUInt64LittleEndian(source));
            source = source[sizeof(ulong)..];
        }

        foreach (byte value in source)
        {
            remainder = System.Runtime.Intrinsics.Arm.Crc32.ComputeCrc32C(remainder, value);
        }

        return remainder;
    }
}
