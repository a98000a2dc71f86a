using System.Globalization;

namespace Portability;

/// <summary>Writes sizes for people: in IEC units, with a point, whatever the language of the machine.</summary>
public static class ByteSize
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Writes a size.</summary>
    /// <param name="bytes">Bytes; negative ones keep their sign.</param>
    /// <returns>Such as `0 B`, `64 KiB`, `1.5 GiB`.</returns>
    public static string Text(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (Math.Abs(value) >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {Units[unit]}");
    }
}
