using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Portability.Module;

/// <summary>Completes names of workloads of the repository that is given in the same command.</summary>
public sealed class WorkloadNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        CompletionQuery.InRepository(
            fakeBoundParameters,
            repository => CompletionQuery.Run(
                wordToComplete,
                shell => shell.AddCommand("Get-Workload").AddParameter("Repository", repository),
                (Workload found) => found.Name,
                found => FormattableString.Invariant($"{found.Disks.Length} disks, {found.SnapshotCount} snapshots")));
}
