namespace Portability.Core.Checksums;

/// <summary>CRC-32 of ISO-HDLC, as GPT, ZIP and Ethernet use it (polynomial 0x04C11DB7, reflected, inverted at both ends).</summary>
/// <remarks>Check value of "123456789": 0xCBF43926. Eight tables of 1 KiB, eight bytes a step. Thread-safe.</remarks>
public static class Crc32
{
    private static readonly uint[] Tables = ReflectedTables.Create(0xEDB88320);

    /// <summary>Computes the checksum of bytes.</summary>
    /// <param name="source">Bytes to check; may be empty, which gives 0.</param>
    public static uint Compute(ReadOnlySpan<byte> source) => Append(0, source);

    /// <summary>Continues a checksum.</summary>
    /// <param name="checksum">Checksum of what came before, 0 at the start.</param>
    /// <param name="source">Bytes that follow.</param>
    public static uint Append(uint checksum, ReadOnlySpan<byte> source) => ~ReflectedTables.Update(Tables, ~checksum, source);
}
