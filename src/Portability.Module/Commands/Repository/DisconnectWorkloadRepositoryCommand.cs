using System.Management.Automation;

namespace Portability.Module.Commands;

/// <summary>Closes a connection and forgets its keys.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "WorkloadRepository", SupportsShouldProcess = true)]
[OutputType(typeof(void), typeof(WorkloadRepository))]
public sealed class DisconnectWorkloadRepositoryCommand : RepositoryCmdlet
{
    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = HelpText.Repository)]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Repository { get; set; } = new();

    /// <summary>Emits the repository without its connection.</summary>
    [Parameter(HelpMessage = HelpText.PassThru)]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        WorkloadRepository? open = Repository.Connection is null ? Connections.Find(Repository) : Repository;
        if (open is null || !ShouldProcess(open.Path, "Disconnect repository"))
        {
            return;
        }

        Connections.Remove(open);
        Live(open).Dispose();
        if (PassThru)
        {
            WriteObject(open with { Connection = null, HasKey = false, KeyName = string.Empty });
        }
    }
}
