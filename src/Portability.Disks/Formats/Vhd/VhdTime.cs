namespace Portability.Disks.Formats.Vhd;

/// <summary>Timestamps of VHD: seconds since 2000-01-01 UTC.</summary>
internal static class VhdTime
{
    private static readonly DateTimeOffset Epoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Turns a timestamp into a time, UTC.</summary>
    public static DateTimeOffset ToTime(uint timestamp) => Epoch.AddSeconds(timestamp);

    /// <summary>Turns a time into a timestamp; times outside the range become its nearest end.</summary>
    public static uint FromTime(DateTimeOffset time) => (uint)Math.Clamp((time - Epoch).TotalSeconds, 0, uint.MaxValue);
}
