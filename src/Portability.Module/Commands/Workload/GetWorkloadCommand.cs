using System.Management.Automation;
using Portability.Engine.Workloads;

namespace Portability.Module.Commands;

/// <summary>Shows the workloads of a repository.</summary>
[Cmdlet(VerbsCommon.Get, "Workload")]
[OutputType(typeof(Workload))]
public sealed class GetWorkloadCommand : RepositoryCmdlet
{
    private const string ListAll = "List what is there with Get-Workload and -Repository alone.";

    /// <summary>Names; wildcards are accepted.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.NamePattern + " All when omitted.")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(WorkloadNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Repository)]
    [Alias("RepositoryPath")]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Repository { get; set; } = new();

    /// <summary>Identifiers.</summary>
    [Parameter(HelpMessage = "Identifiers of workloads.")]
    public Guid[] Id { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => Each(Repository, () =>
    {
        WorkloadRepository repository = Connected(Repository);
        NamePatterns names = NamePatterns.Of(Name);
        Guid[] ids = Id;
        var missing = new HashSet<Guid>(ids);
        Run(async (sink, token) =>
        {
            await foreach (Workload workload in new WorkloadFacade().GetAsync(Live(repository), names.Match, sink, token).ConfigureAwait(false))
            {
                if (ids.Length == 0 || ids.Contains(workload.Id))
                {
                    missing.Remove(workload.Id);
                    await sink.EmitAsync(workload with { Connection = repository.Connection }, token).ConfigureAwait(false);
                }
            }
        });
        WriteMissing(names.Missing, "WorkloadNotFound", "workload", repository.Path, ListAll);
        WriteMissing(missing.Select(id => id.ToString("D")), "WorkloadNotFound", "workload", repository.Path, ListAll);
    });
}
