using System.Management.Automation;
using Portability.Engine.Workloads;

namespace Portability.Module.Commands;

/// <summary>Shows the workloads of a repository.</summary>
[Cmdlet(VerbsCommon.Get, "Workload")]
[OutputType(typeof(Workload))]
public sealed class GetWorkloadCommand : RepositoryCmdlet
{
    /// <summary>Names; wildcards are accepted.</summary>
    [Parameter(Position = 0, HelpMessage = HelpText.NamePattern + " All when omitted.")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(WorkloadNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, HelpMessage = HelpText.Repository)]
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
        Run(async (sink, token) =>
        {
            await foreach (Workload workload in new WorkloadFacade().GetAsync(Live(repository), names.Match, sink, token).ConfigureAwait(false))
            {
                if (ids.Length == 0 || ids.Contains(workload.Id))
                {
                    await sink.EmitAsync(workload with { Connection = repository.Connection }, token).ConfigureAwait(false);
                }
            }
        });
    });
}
