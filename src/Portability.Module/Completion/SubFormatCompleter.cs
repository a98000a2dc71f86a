using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Portability.Module;

/// <summary>Completes the variants of the formats that have more than one.</summary>
public sealed class SubFormatCompleter : IArgumentCompleter
{
    private static readonly string[] Known = ["Dynamic", "Fixed"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Known.Where(name => name.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase)).Select(name => new CompletionResult(name));
}
