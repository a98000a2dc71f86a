using System.Management.Automation;
using Portability.Engine.Workloads;

namespace Portability.Module.Commands;

/// <summary>Registers a workload: its disks, their roles and its machine, so that its name is enough to capture it.</summary>
[Cmdlet(VerbsLifecycle.Register, "Workload", SupportsShouldProcess = true)]
[OutputType(typeof(Workload))]
public sealed class RegisterWorkloadCommand : WorkloadDefinitionCmdlet
{
    /// <summary>Name of the workload.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Name)]
    [ValidateLength(1, 250)]
    public string Name { get; set; } = string.Empty;

    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpText.Repository)]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Repository { get; set; } = new();

    /// <inheritdoc/>
    protected override void ProcessRecord() => Each(Name, () =>
    {
        var options = new RegisterWorkloadOptions
        {
            Name = Name,
            Disks = DiskArguments.Make(SessionState, BootDiskPath, DiskPath, DataDiskPath, ParentPath, Format),
            Machine = Machine,
        };
        if (options.Disks.Count == 0)
        {
            throw new StorageException(
                "DiskRequired",
                ErrorKind.InvalidInput,
                $"Failed to register '{Name}': no disk is given, and a workload has at least one.",
                "Give -BootDiskPath, -DataDiskPath or -DiskPath.",
                Name);
        }

        WorkloadRepository repository = Connected(Repository);
        if (ShouldProcess($"{Name} in {repository.Path}", "Register workload"))
        {
            Workload made = Run((sink, token) => new WorkloadFacade().RegisterAsync(Live(repository), options, sink, token));
            WriteObject(made with { Connection = repository.Connection });
        }
    });
}
