using System.Management.Automation;
using Portability.Engine.Workloads;

namespace Portability.Module.Commands;

/// <summary>Takes the registration of a workload away. Its snapshots stay.</summary>
[Cmdlet(VerbsLifecycle.Unregister, "Workload", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = NameSet)]
[OutputType(typeof(void), typeof(Workload))]
public sealed class UnregisterWorkloadCommand : RepositoryCmdlet
{
    private const string NameSet = "Name";
    private const string WorkloadSet = "Workload";

    /// <summary>Names of workloads; wildcards are accepted.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet, HelpMessage = HelpText.NamePattern)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(WorkloadNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NameSet, HelpMessage = HelpText.Repository)]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Repository { get; set; } = new();

    /// <summary>The workload.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = WorkloadSet, HelpMessage = HelpText.Workload)]
    public Workload[] Workload { get; set; } = [];

    /// <summary>Emits the workload.</summary>
    [Parameter(HelpMessage = HelpText.PassThru)]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (Workload workload in Workload)
        {
            Each(workload, () => Unregister(Connected(workload), workload));
        }

        foreach (string name in Name)
        {
            Each(name, () =>
            {
                WorkloadRepository repository = Connected(Repository);
                foreach (Workload workload in Named(repository, name))
                {
                    Each(workload, () => Unregister(repository, workload));
                }
            });
        }
    }

    // A name without wildcards goes through as it is, so that one that is not registered is an error of the engine.
    private List<Workload> Named(WorkloadRepository repository, string name)
    {
        List<Workload> found = [];
        NamePatterns names = NamePatterns.Of(name);
        Run(async (sink, token) =>
        {
            await foreach (Workload workload in new WorkloadFacade().GetAsync(Live(repository), names.Match, sink, token).ConfigureAwait(false))
            {
                found.Add(workload with { Connection = repository.Connection });
            }
        });
        return found.Count > 0 || WildcardPattern.ContainsWildcardCharacters(name) ? found : [new Workload { Name = name }];
    }

    private void Unregister(WorkloadRepository repository, Workload workload)
    {
        if (!ShouldProcess($"{workload.Name} in {repository.Path}", "Take the registration away; snapshots stay"))
        {
            return;
        }

        Run((sink, token) => new WorkloadFacade().UnregisterAsync(Live(repository), workload.Name, sink, token));
        if (PassThru)
        {
            WriteObject(workload);
        }
    }
}
