namespace Portability.FileSystems;

/// <summary>A time as a file system keeps it. FAT keeps local time without saying of which zone.</summary>
/// <param name="Seconds">Seconds since 1970-01-01 00:00:00; before it negative.</param>
/// <param name="Nanoseconds">Nanoseconds after that second, 0 to 999,999,999.</param>
/// <param name="IsLocal">True if it is a wall clock's of a zone that is not known; else it is UTC.</param>
public readonly record struct FileTime(long Seconds, int Nanoseconds, bool IsLocal = false)
{
    private const int NanosecondsPerTick = 100;
    private static readonly long First = (DateTime.MinValue - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond;
    private static readonly long Last = (DateTime.MaxValue - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond;

    /// <summary>The time to 100 nanoseconds; what lies outside the years 1 to 9999 is the nearest that does not.</summary>
    public DateTime ToDateTime()
    {
        long ticks = (Math.Clamp(Seconds, First, Last) * TimeSpan.TicksPerSecond) + (Nanoseconds / NanosecondsPerTick);
        return new DateTime(DateTime.UnixEpoch.Ticks + ticks, IsLocal ? DateTimeKind.Unspecified : DateTimeKind.Utc);
    }

    /// <summary>ISO 8601 with nanoseconds.</summary>
    public override string ToString() => FormattableString.Invariant($"{ToDateTime():yyyy-MM-ddTHH:mm:ss}.{Nanoseconds:D9}{(IsLocal ? string.Empty : "Z")}");
}
