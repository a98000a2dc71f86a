using System.Management.Automation;

namespace Portability.Module;

/// <summary>
/// Wildcard patterns over names: compared without case, in Unicode normal form C. No pattern matches everything. They note which of them
/// matched, so that a name without wildcards that is not there can be told as an error, while a pattern without a match says nothing.
/// </summary>
internal sealed class NamePatterns
{
    private readonly (string Text, WildcardPattern Pattern)[] patterns;
    private readonly bool[] seen;

    private NamePatterns(IEnumerable<string> patterns)
    {
        this.patterns = [.. patterns.Select(pattern =>
            (pattern, WildcardPattern.Get(pattern.Normalize(), WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant)))];
        seen = new bool[this.patterns.Length];
    }

    /// <summary>Names without wildcards that nothing matched so far, as the user typed them.</summary>
    public IEnumerable<string> Missing => patterns
        .Where((pattern, index) => !seen[index] && !WildcardPattern.ContainsWildcardCharacters(pattern.Text))
        .Select(pattern => WildcardPattern.Unescape(pattern.Text));

    /// <summary>Makes the patterns of a parameter.</summary>
    /// <param name="given">What the user typed.</param>
    /// <returns>The patterns.</returns>
    public static NamePatterns Of(params IEnumerable<string> given) => new(given);

    /// <summary>Tells whether a name fits one of the patterns.</summary>
    /// <param name="name">The name.</param>
    /// <returns>True if it fits, or if there are no patterns.</returns>
    public bool Match(string name)
    {
        string normal = name.Normalize();
        bool any = patterns.Length == 0;
        for (int i = 0; i < patterns.Length; i++)
        {
            bool fits = patterns[i].Pattern.IsMatch(normal);
            seen[i] |= fits;
            any |= fits;
        }

        return any;
    }
}
