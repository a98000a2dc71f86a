using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Portability.Module;

/// <summary>Completes identifiers of snapshots of the repository, and of the workloads, that are given in the same command.</summary>
public sealed class SnapshotIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        CompletionQuery.InRepository(
            fakeBoundParameters,
            repository => CompletionQuery.Run(
                wordToComplete,
                shell =>
                {
                    shell.AddCommand("Get-WorkloadSnapshot").AddParameter("Repository", repository);
                    return fakeBoundParameters["Name"] is object name ? shell.AddParameter("Name", name) : shell;
                },
                (WorkloadSnapshot found) => found.Id.ToString("D"),
                found => string.Create(CultureInfo.InvariantCulture, $"{found.Name} #{found.Sequence}, {found.CreatedUtc:yyyy-MM-dd HH:mm} UTC")));
}
