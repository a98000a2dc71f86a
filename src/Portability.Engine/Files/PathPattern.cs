using Portability.FileSystems;

namespace Portability.Engine.Files;

/// <summary>A path with wildcards in its names: `*` and `?`, and `[a-z]` for one character; a backtick takes the meaning from what follows. Immutable.</summary>
/// <remarks>The wildcards of PowerShell (about_Wildcards).</remarks>
public sealed class PathPattern
{
    private const char Escape = '`';
    private readonly string[] names;

    /// <summary>Initialises a pattern.</summary>
    /// <param name="path">The path; `/` parts its names, a backslash does not.</param>
    /// <param name="isLiteral">True to take it as it is written.</param>
    public PathPattern(string path, bool isLiteral)
    {
        Text = path;
        names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        int first = isLiteral ? -1 : Array.FindIndex(names, HasWildcards);
        Base = "/" + string.Join('/', (first < 0 ? names : names[..first]).Select(name => isLiteral ? name : Plain(name)));
        Rest = first < 0 ? [] : names[first..];
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>The part before the first name with wildcards, as it is.</summary>
    public string Base { get; }

    /// <summary>Names from the first with wildcards on; empty without any.</summary>
    public IReadOnlyList<string> Rest { get; }

    /// <summary>Tells whether a name matches a name of a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="name">The name.</param>
    /// <param name="capabilities">What the file system does with case.</param>
    public static bool Matches(string pattern, string name, FileSystemCapabilities capabilities) =>
        Matches(pattern, name, capabilities.HasFlag(FileSystemCapabilities.CaseInsensitive));

    private static bool HasWildcards(string name)
    {
        for (int at = 0; at < name.Length; at++)
        {
            if (name[at] == Escape)
            {
                at++;
            }
            else if (name[at] is '*' or '?' or '[')
            {
                return true;
            }
        }

        return false;
    }

    private static string Plain(string name)
    {
        var text = new System.Text.StringBuilder(name.Length);
        for (int at = 0; at < name.Length; at++)
        {
            at += name[at] == Escape && at + 1 < name.Length ? 1 : 0;
            text.Append(name[at]);
        }

        return text.ToString();
    }

    // Backtracks to the last star only, so that it takes the product of the two lengths at most.
    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name, bool ignoreCase)
    {
        int at = 0, inName = 0, star = -1, afterStar = 0;
        while (inName < name.Length)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                star = at++;
                afterStar = inName;
                continue;
            }

            if (at < pattern.Length && MatchesOne(pattern[at..], name[inName], ignoreCase, out int taken))
            {
                at += taken;
                inName++;
                continue;
            }

            if (star < 0)
            {
                return false;
            }

            at = star + 1;
            inName = ++afterStar;
        }

        return pattern[at..].TrimStart('*').IsEmpty;
    }

    private static bool MatchesOne(ReadOnlySpan<char> pattern, char value, bool ignoreCase, out int taken)
    {
        taken = 1;
        if (pattern[0] == '?')
        {
            return true;
        }

        if (pattern[0] == '[' && pattern.IndexOf(']') is > 1 and var end)
        {
            taken = end + 1;
            return IsIn(pattern[1..end], value, ignoreCase);
        }

        if (pattern[0] == Escape && pattern.Length > 1)
        {
            taken = 2;
            return Same(pattern[1], value, ignoreCase);
        }

        return Same(pattern[0], value, ignoreCase);
    }

    private static bool IsIn(ReadOnlySpan<char> set, char value, bool ignoreCase)
    {
        for (int at = 0; at < set.Length; at++)
        {
            if (at + 2 < set.Length && set[at + 1] == '-')
            {
                if (Between(value, set[at], set[at + 2]) || (ignoreCase && (Between(char.ToUpperInvariant(value), set[at], set[at + 2]) || Between(char.ToLowerInvariant(value), set[at], set[at + 2]))))
                {
                    return true;
                }

                at += 2;
            }
            else if (Same(set[at], value, ignoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Between(char value, char low, char high) => value >= low && value <= high;

    private static bool Same(char left, char right, bool ignoreCase) =>
        left == right || (ignoreCase && char.ToUpperInvariant(left) == char.ToUpperInvariant(right));
}
