using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Portability.Module;

/// <summary>Asks a cmdlet of this module for what can be completed.</summary>
internal static class CompletionQuery
{
    private const string PlainCharacters = ".-_/\\:";

    /// <summary>Completes from the repository that the command names so far.</summary>
    /// <param name="bound">Parameters that are known so far.</param>
    /// <param name="query">Asks the repository.</param>
    /// <returns>Completions; none when no repository is named.</returns>
    public static IEnumerable<CompletionResult> InRepository(IDictionary bound, Func<object, IEnumerable<CompletionResult>> query) =>
        bound["Repository"] is object repository ? query(repository) : [];

    /// <summary>Runs a command in the session and makes completions of what it emits.</summary>
    /// <typeparam name="T">What the command emits.</typeparam>
    /// <param name="word">What the user typed so far.</param>
    /// <param name="command">Adds the command.</param>
    /// <param name="text">What to complete to.</param>
    /// <param name="tip">What to show beside it.</param>
    /// <returns>Completions in order; none when the command fails: someone who types is shown no errors.</returns>
    public static IEnumerable<CompletionResult> Run<T>(string word, Func<PowerShell, PowerShell> command, Func<T, string> text, Func<T, string> tip)
    {
        NamePatterns wanted = NamePatterns.Of(WildcardPattern.Escape(word.Trim('\'', '"')) + "*");
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        List<T> found;
        try
        {
            found = [.. command(shell).AddParameter("ErrorAction", ActionPreference.Ignore).Invoke().Select(item => item.BaseObject).OfType<T>()];
        }
        catch (RuntimeException)
        {
            return [];
        }

        return
        [
            .. found.Where(item => wanted.Match(text(item)))
                .DistinctBy(text, StringComparer.OrdinalIgnoreCase)
                .OrderBy(text, StringComparer.OrdinalIgnoreCase)
                .Select(item => new CompletionResult(Quote(text(item)), text(item), CompletionResultType.ParameterValue, tip(item))),
        ];
    }

    private static string Quote(string value) =>
        value.All(character => char.IsLetterOrDigit(character) || PlainCharacters.Contains(character, StringComparison.Ordinal))
            ? value
            : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'";
}
