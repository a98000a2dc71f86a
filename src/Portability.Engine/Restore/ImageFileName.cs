using System.Globalization;
using System.Text;

namespace Portability.Engine.Restore;

/// <summary>
/// Names of restored images: `&lt;name&gt;-&lt;disk number&gt;.&lt;extension&gt;`, with what Windows or Linux refuse in a file name replaced, and
/// short enough for both, so that a repository written on one restores on the other.
/// </summary>
internal static class ImageFileName
{
    /// <summary>Most bytes in UTF-8 that the workload's part keeps: file names end at 255, and number, extension and temporary suffix follow.</summary>
    public const int MaximumBaseBytes = 160;

    private const string Refused = "<>:\"/\\|?*";

    private static readonly string[] DeviceNames =
    [
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$",
        .. Enumerable.Range(0, 10).SelectMany(digit => new[] { FormattableString.Invariant($"COM{digit}"), FormattableString.Invariant($"LPT{digit}") }),
    ];

    /// <summary>Makes the name of one disk's image.</summary>
    /// <param name="workload">Name of the workload, any text.</param>
    /// <param name="disk">Number of the disk.</param>
    /// <param name="format">Format of the image.</param>
    public static string Make(string workload, int disk, ImageFormat format) =>
        FormattableString.Invariant($"{Sanitise(workload)}-{disk}.{Extension(format)}");

    /// <summary>Extension of a format, without the dot.</summary>
    /// <param name="format">The format.</param>
    public static string Extension(ImageFormat format) => format switch
    {
        ImageFormat.Raw => "raw",
        ImageFormat.Vhd => "vhd",
        ImageFormat.Vhdx => "vhdx",
        ImageFormat.Qcow2 => "qcow2",
        ImageFormat.Vmdk => "vmdk",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Not an image format."),
    };

    /// <summary>Makes a workload's name fit for a file name.</summary>
    /// <param name="name">Any text.</param>
    /// <returns>A name that is never empty, never a device's, has no refused character and at most <see cref="MaximumBaseBytes"/> bytes.</returns>
    public static string Sanitise(string name)
    {
        var kept = new StringBuilder(name.Length);
        foreach (Rune rune in name.EnumerateRunes())
        {
            bool refused = rune == Rune.ReplacementChar
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                || (rune.IsAscii && Refused.Contains((char)rune.Value, StringComparison.Ordinal));
            kept.Append(refused ? "_" : rune.ToString());
        }

        // Windows drops dots and spaces at the end; a dot in front hides a file on Linux, a hyphen there makes it an option.
        string text = Cut(kept.ToString().Trim()).TrimEnd(' ', '.');
        if (text.Length > 0 && text[0] is '.' or '-')
        {
            text = "_" + text[1..];
        }

        string stem = text.Split('.', 2)[0].TrimEnd();
        return text.Length == 0 || DeviceNames.Contains(stem, StringComparer.OrdinalIgnoreCase) ? "_" + text : text;
    }

    private static string Cut(string text)
    {
        if (Encoding.UTF8.GetByteCount(text) <= MaximumBaseBytes)
        {
            return text;
        }

        var cut = new StringBuilder();
        int bytes = 0;
        TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            string element = elements.GetTextElement();
            bytes += Encoding.UTF8.GetByteCount(element);
            if (bytes > MaximumBaseBytes)
            {
                break;
            }

            cut.Append(element);
        }

        return cut.ToString();
    }
}
