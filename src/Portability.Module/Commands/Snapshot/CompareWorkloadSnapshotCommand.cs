using System.Management.Automation;
using Portability.Engine.Snapshots;

namespace Portability.Module.Commands;

/// <summary>Shows the ranges of each disk that differ between two snapshots. Reads maps, not disks.</summary>
[Cmdlet(VerbsData.Compare, "WorkloadSnapshot")]
[OutputType(typeof(SnapshotDifference))]
public sealed class CompareWorkloadSnapshotCommand : LongRunningCmdlet
{
    /// <summary>The snapshot to compare with.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "Snapshot to compare with, usually the older one.")]
    [SnapshotTransformation]
    public WorkloadSnapshot ReferenceSnapshot { get; set; } = new();

    /// <summary>The snapshot to compare.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, HelpMessage = "Snapshot to compare, usually the newer one.")]
    [SnapshotTransformation]
    public WorkloadSnapshot DifferenceSnapshot { get; set; } = new();

    /// <summary>Numbers of disks.</summary>
    [Parameter(HelpMessage = "Numbers of the disks to compare. All when omitted.")]
    [ValidateRange(0, 1023)]
    public int[] DiskNumber { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => Each(DifferenceSnapshot, () =>
    {
        WorkloadSnapshot difference = DifferenceSnapshot;
        WorkloadRepository repository = Connected(difference);
        var options = new CompareOptions { Reference = ReferenceSnapshot, Difference = difference, DiskNumbers = DiskNumber };
        Perform(difference, async (sink, token) =>
        {
            await foreach (SnapshotDifference found in new SnapshotFacade().CompareAsync(Live(repository), options, sink, token).ConfigureAwait(false))
            {
                await sink.EmitAsync(found, token).ConfigureAwait(false);
            }
        });
    });
}
