using System.Management.Automation;
using Portability.Engine.Verification;

namespace Portability.Module.Commands;

/// <summary>Tests a repository: that its store keeps what is relied on, and that every snapshot in it is whole.</summary>
[Cmdlet(VerbsDiagnostic.Test, "WorkloadRepository")]
[OutputType(typeof(bool), typeof(RepositoryTestResult))]
public sealed class TestWorkloadRepositoryCommand : LongRunningCmdlet
{
    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Repository)]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Repository { get; set; } = new();

    /// <summary>Emits all that was found instead of true or false.</summary>
    [Parameter(HelpMessage = "Emit all that was found, instead of true or false.")]
    public SwitchParameter Detailed { get; set; }

    /// <summary>How deep the test goes.</summary>
    [Parameter(HelpMessage = "How deep the test goes: Manifest, Objects, or Content, which opens every block and needs the key. Objects when omitted.")]
    public TestDepth Depth { get; set; } = TestDepth.Objects;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        bool detailed = Detailed;
        var options = new RepositoryTestOptions { Depth = Depth };
        Each(Repository, () =>
        {
            WorkloadRepository repository = Connected(Repository);
            Perform(repository, async (sink, token) =>
            {
                RepositoryTestResult result = await new VerificationFacade()
                    .TestRepositoryAsync(Live(repository), options, sink, token).ConfigureAwait(false);
                await sink.EmitAsync(detailed ? result : result.IsHealthy, token).ConfigureAwait(false);
            });
        });
    }
}
