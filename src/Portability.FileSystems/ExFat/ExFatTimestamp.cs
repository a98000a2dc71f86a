using Portability.FileSystems.Fat;

namespace Portability.FileSystems.ExFat;

/// <summary>Timestamp of a File entry with its hundredths and its offset from UTC.</summary>
/// <remarks>Microsoft exFAT specification, 7.4.8 to 7.4.10.</remarks>
internal static class ExFatTimestamp
{
    private const byte OffsetValid = 0x80;
    private const int SecondsPerUnit = 15 * 60;

    /// <summary>Reads a time.</summary>
    /// <param name="timestamp">Date in the upper, time in the lower half, as FAT has them.</param>
    /// <param name="hundredths">Hundredths of a second to add, up to 199.</param>
    /// <param name="utcOffset">Bit 7: it is valid; below, quarters of an hour that the local time is ahead of UTC, signed.</param>
    /// <returns>UTC where the offset is valid, else local time; null where there is none or none that exists.</returns>
    public static FileTime? ToFileTime(uint timestamp, byte hundredths, byte utcOffset)
    {
        FileTime? local = FatTime.ToFileTime((ushort)(timestamp >> 16), (ushort)timestamp, hundredths);
        if (local is not { } time || (utcOffset & OffsetValid) == 0)
        {
            return local;
        }

        int units = (sbyte)(utcOffset << 1) >> 1;
        return new FileTime(time.Seconds - (units * SecondsPerUnit), time.Nanoseconds);
    }
}
