namespace Portability.FileSystems.Fat;

/// <summary>Date and time of directory records: local time from 1980 to 2107, in steps of two seconds.</summary>
/// <remarks>Microsoft FAT specification, section 6; Microsoft exFAT specification, 7.4.8, whose date stands in the upper 16 bits.</remarks>
internal static class FatTime
{
    private const int FirstYear = 1980;
    private const int HundredthsPerStep = 200;
    private const int NanosecondsPerHundredth = 10_000_000;

    /// <summary>Reads a time.</summary>
    /// <param name="date">Year since 1980, month and day, of 7, 4 and 5 bits.</param>
    /// <param name="time">Hour, minute and half the second, of 5, 6 and 5 bits.</param>
    /// <param name="hundredths">Hundredths of a second to add, up to 199; more counts as none.</param>
    /// <returns>The local time; null where there is none or none that exists.</returns>
    public static FileTime? ToFileTime(ushort date, ushort time, byte hundredths = 0)
    {
        int year = FirstYear + (date >> 9);
        int month = (date >> 5) & 0xF;
        int day = date & 0x1F;
        int hour = time >> 11;
        int minute = (time >> 5) & 0x3F;
        int second = (time & 0x1F) * 2;
        if (month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
        {
            return null;
        }

        int more = hundredths < HundredthsPerStep ? hundredths : 0;
        long seconds = (new DateTime(year, month, day, hour, minute, second, DateTimeKind.Unspecified) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond;
        return new FileTime(seconds + (more / 100), more % 100 * NanosecondsPerHundredth, IsLocal: true);
    }
}
