using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Portability.Module;

/// <summary>Completes the places of repositories that this session is connected to.</summary>
public sealed class RepositoryCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        CompletionQuery.Run(
            wordToComplete,
            shell => shell.AddCommand("Get-WorkloadRepository"),
            (WorkloadRepository found) => found.Path,
            found => found.Id.ToString("D"));
}
