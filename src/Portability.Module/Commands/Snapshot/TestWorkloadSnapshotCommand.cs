using System.Management.Automation;
using Portability.Engine.Verification;

namespace Portability.Module.Commands;

/// <summary>Tests a snapshot: reads every object that it needs from the store, never from a cache. Needs no key.</summary>
[Cmdlet(VerbsDiagnostic.Test, "WorkloadSnapshot")]
[OutputType(typeof(bool), typeof(SnapshotTestResult))]
public sealed class TestWorkloadSnapshotCommand : LongRunningCmdlet
{
    /// <summary>The snapshot.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Snapshot)]
    [SnapshotTransformation]
    public WorkloadSnapshot[] Snapshot { get; set; } = [];

    /// <summary>Emits all that was found.</summary>
    [Parameter(HelpMessage = "Emit all that was found, instead of true or false.")]
    public SwitchParameter Detailed { get; set; }

    /// <summary>Tests the manifest alone.</summary>
    [Parameter(HelpMessage = "Test only the signed manifest, its signer and its chain; read no data.")]
    public SwitchParameter ManifestOnly { get; set; }

    /// <summary>How deep the test goes.</summary>
    [Parameter(HelpMessage = "How deep the test goes: Manifest, Objects, or Content, which opens every block and needs the key. As deep as the keys allow when omitted.")]
    public TestDepth? Depth { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        bool detailed = Detailed;
        TestDepth? depth = ManifestOnly ? TestDepth.Manifest : Depth;
        foreach (WorkloadSnapshot snapshot in Snapshot)
        {
            Each(snapshot, () =>
            {
                WorkloadRepository repository = Connected(snapshot);
                Perform(snapshot, async (sink, token) =>
                {
                    SnapshotTestResult result = await new VerificationFacade()
                        .TestSnapshotAsync(Live(repository), snapshot, depth, sink, token).ConfigureAwait(false);
                    await sink.EmitAsync(detailed ? result : result.IsHealthy, token).ConfigureAwait(false);
                });
            });
        }
    }
}
