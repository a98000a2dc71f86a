using System.Globalization;
using System.Text;

namespace Portability.Engine.Files;

/// <summary>Turns names of a guest into names that this system can store and that mean no other place.</summary>
internal static class LocalName
{
    private const string WindowsReserved = "<>:\"|?*\\";
    private static readonly string[] WindowsDevices = ["CON", "PRN", "AUX", "NUL", "COM", "LPT"];

    /// <summary>The name to use here: the same, but for characters that cannot be stored, which become `%` and their code.</summary>
    /// <param name="name">Name of one file, without slashes.</param>
    public static string Of(string name)
    {
        if (name is "." or "..")
        {
            return name.Replace(".", "%2E", StringComparison.Ordinal);
        }

        var text = new StringBuilder(name.Length);
        for (int at = 0; at < name.Length; at++)
        {
            char letter = name[at];
            if (char.IsHighSurrogate(letter) && at + 1 < name.Length && char.IsLowSurrogate(name[at + 1]))
            {
                text.Append(letter).Append(name[++at]);
            }
            else if (char.IsSurrogate(letter))
            {
                text.Append('%').Append((letter & 0xFF).ToString("X2", CultureInfo.InvariantCulture));
            }
            else if (letter is '/' or '\0' || (OperatingSystem.IsWindows() && (letter < ' ' || WindowsReserved.Contains(letter, StringComparison.Ordinal))))
            {
                text.Append('%').Append(((int)letter).ToString("X2", CultureInfo.InvariantCulture));
            }
            else
            {
                text.Append(letter);
            }
        }

        return OperatingSystem.IsWindows() ? ForWindows(text.ToString()) : text.ToString();
    }

    // A dot or blank at the end is lost there, and some names are devices whatever follows a dot.
    private static string ForWindows(string name)
    {
        string stem = name.Split('.')[0].TrimEnd();
        if (WindowsDevices.Any(device => string.Equals(stem.TrimEnd('1', '2', '3', '4', '5', '6', '7', '8', '9'), device, StringComparison.OrdinalIgnoreCase)))
        {
            name = "%" + ((int)name[0]).ToString("X2", CultureInfo.InvariantCulture) + name[1..];
        }

        return name[^1] is '.' or ' ' ? name[..^1] + "%" + ((int)name[^1]).ToString("X2", CultureInfo.InvariantCulture) : name;
    }
}
