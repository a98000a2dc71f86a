using System.Management.Automation;

namespace Portability.Module;

/// <summary>Wildcard patterns over names: compared without case, in Unicode normal form C. No pattern matches everything.</summary>
internal sealed class NamePatterns
{
    private readonly WildcardPattern[] patterns;

    private NamePatterns(IEnumerable<string> patterns) =>
        this.patterns = [.. patterns.Select(pattern => WildcardPattern.Get(pattern.Normalize(), WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant))];

    /// <summary>Makes the patterns of a parameter.</summary>
    /// <param name="given">What the user typed.</param>
    /// <returns>The patterns.</returns>
    public static NamePatterns Of(params IEnumerable<string> given) => new(given);

    /// <summary>Tells whether a name fits one of the patterns.</summary>
    /// <param name="name">The name.</param>
    /// <returns>True if it fits, or if there are no patterns.</returns>
    public bool Match(string name) => patterns.Length == 0 || patterns.Any(pattern => pattern.IsMatch(name.Normalize()));
}
