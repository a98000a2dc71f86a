using System.Management.Automation;
using Portability.Engine.Snapshots;
using Portability.Engine.Workloads;

namespace Portability.Module.Commands;

/// <summary>Changes the disks or the machine of a registered workload. What is not given stays.</summary>
[Cmdlet(VerbsCommon.Set, "Workload", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(void), typeof(Workload))]
public sealed class SetWorkloadCommand : WorkloadDefinitionCmdlet
{
    private const string NameSet = "Name";
    private const string WorkloadSet = "Workload";

    /// <summary>Name of the workload.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet, HelpMessage = HelpText.Name)]
    [ArgumentCompleter(typeof(WorkloadNameCompleter))]
    [ValidateLength(1, 250)]
    public string Name { get; set; } = string.Empty;

    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NameSet, HelpMessage = HelpText.Repository)]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Repository { get; set; } = new();

    /// <summary>The workload.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = WorkloadSet, HelpMessage = HelpText.Workload)]
    public Workload Workload { get; set; } = new();

    /// <summary>Emits the workload.</summary>
    [Parameter(HelpMessage = HelpText.PassThru)]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string name = Name.Length > 0 ? Name : Workload.Name;
        Each(name, () =>
        {
            WorkloadRepository repository = Name.Length > 0 ? Connected(Repository) : Connected(Workload);
            if (!ShouldProcess($"{name} in {repository.Path}", "Change workload"))
            {
                return;
            }

            bool changesDisks = BootDiskPath.Length + DataDiskPath.Length + DiskPath.Length + ParentPath.Length > 0 || Format is not null;
            var options = new SetWorkloadOptions { Name = name, Disks = changesDisks ? Disks(repository, name) : null, Machine = Machine };
            Workload changed = Run((sink, token) => new WorkloadFacade().SetAsync(Live(repository), options, sink, token));
            if (PassThru)
            {
                WriteObject(changed with { Connection = repository.Connection });
            }
        });
    }

    // Each of the lists that is given replaces those disks; -DiskPath replaces all. The others stay as they are registered now; -Format and -ParentPath alone are of all.
    private DiskSourceOptions[] Disks(WorkloadRepository repository, string name)
    {
        DiskSourceOptions[] given = DiskArguments.Make(SessionState, BootDiskPath, DiskPath, DataDiskPath, ParentPath, Format);
        if (DiskPath.Length > 0 || (BootDiskPath.Length > 0 && DataDiskPath.Length > 0))
        {
            return given;
        }

        NamePatterns exact = NamePatterns.Of(WildcardPattern.Escape(name));
        List<WorkloadDiskSource> known = [];
        Run(async (sink, token) =>
        {
            await foreach (Workload found in new WorkloadFacade().GetAsync(Live(repository), exact.Match, sink, token).ConfigureAwait(false))
            {
                known.AddRange(found.Disks);
            }
        });
        IEnumerable<DiskSourceOptions> registered = known.Select(disk => new DiskSourceOptions { Path = disk.Path, Role = disk.Role, ParentPath = disk.ParentPath, Format = disk.Format });
        if (given.Length == 0)
        {
            string parent = ParentPath.Length == 0 ? string.Empty : FilePaths.Parent(SessionState, ParentPath);
            return [.. registered.Select(disk => disk with { Format = Format?.ToString() ?? disk.Format, ParentPath = parent.Length > 0 ? parent : disk.ParentPath })];
        }

        DiskRole kept = BootDiskPath.Length > 0 ? DiskRole.Data : DiskRole.Boot;
        IEnumerable<DiskSourceOptions> stay = registered.Where(disk => disk.Role == kept);
        return kept == DiskRole.Boot ? [.. stay, .. given] : [.. given, .. stay];
    }
}
