using System.Management.Automation;
using Portability.Engine;
using Portability.Engine.Repositories;

namespace Portability.Module.Commands;

/// <summary>Gives back the space that no snapshot needs; with a key it rewrites packs in which much is dead. Runs beside captures and restores; ended anywhere it does no harm.</summary>
[Cmdlet(VerbsCommon.Optimize, "WorkloadRepository", SupportsShouldProcess = true)]
[OutputType(typeof(OptimizeResult))]
public sealed class OptimizeWorkloadRepositoryCommand : LongRunningCmdlet
{
    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Repository)]
    [Alias("RepositoryPath")]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Repository { get; set; } = new();

    /// <summary>How long a writer that does not answer is waited for, seconds.</summary>
    [Parameter(HelpMessage = "Seconds to wait for a writer that does not answer before it is shut out; what earlier runs waited counts. 900 when omitted.")]
    [ValidateRange(0, 7 * 24 * 3600)]
    public int WriterTimeoutSeconds { get; set; } = 15 * 60;

    /// <summary>How long the command waits for writers in all, seconds.</summary>
    [Parameter(HelpMessage = "Seconds that the command waits for writers in all; what is left then is deleted by a later run. 1800 when omitted.")]
    [ValidateRange(0, 7 * 24 * 3600)]
    public int WaitLimitSeconds { get; set; } = 30 * 60;

    /// <summary>Rewrites nothing.</summary>
    [Parameter(HelpMessage = "Only delete what nothing needs as a whole; rewrite no packs in which much is dead.")]
    public SwitchParameter NoCompact { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Each(Repository, () =>
    {
        WorkloadRepository repository = Connected(Repository);
        bool compact = repository.HasKey && !NoCompact;
        if (!ShouldProcess(repository.Path, compact ? "Delete what no snapshot needs, and rewrite packs in which much is dead" : "Delete what no snapshot needs"))
        {
            return;
        }

        var options = new OptimizeOptions { Patience = TimeSpan.FromSeconds(WriterTimeoutSeconds), WaitLimit = TimeSpan.FromSeconds(WaitLimitSeconds), RewritePacks = compact };
        Perform(repository, async (sink, token) => await sink.EmitAsync(
            await new RepositoryFacade(EngineEnvironment.FromProcess()).OptimizeAsync(Live(repository), options, sink, token).ConfigureAwait(false),
            token).ConfigureAwait(false));
    });
}
