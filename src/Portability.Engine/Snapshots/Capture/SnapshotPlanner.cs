using Portability.Disks.Blocks;
using Portability.Engine.Snapshots.Sources;

namespace Portability.Engine.Snapshots.Capture;

/// <summary>Says what a capture would read, from metadata alone.</summary>
internal static class SnapshotPlanner
{
    /// <summary>Plans a capture.</summary>
    /// <param name="subject">What is captured.</param>
    /// <param name="blockSize">Block size of the repository in bytes.</param>
    /// <param name="full">True if the user asked for a scan.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">A disk's metadata cannot be read.</exception>
    public static async Task<SnapshotPlan> PlanAsync(CaptureSubject subject, int blockSize, bool full, CancellationToken cancellationToken)
    {
        var disks = new List<SnapshotPlanDisk>();
        foreach (SourceDisk disk in subject.Sources.Disks)
        {
            ChangeDecision decision = subject.Decide(disk, full);
            disks.Add(new SnapshotPlanDisk
            {
                Number = disk.Number,
                Role = disk.Role,
                Path = disk.Layers[0].Path,
                Length = disk.Image.Length,
                BytesToRead = await BytesToReadAsync(disk, decision, blockSize, cancellationToken).ConfigureAwait(false),
                Reason = decision.Reason,
            });
        }

        return new SnapshotPlan { Name = subject.Name, Disks = disks };
    }

    /// <summary>Bytes that are read of a disk.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="decision">What is known of its changes.</param>
    /// <param name="blockSize">Block size of the repository in bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<long> BytesToReadAsync(SourceDisk disk, ChangeDecision decision, int blockSize, CancellationToken cancellationToken)
    {
        long bytes = 0;
        await foreach (BlockRun run in RunsAsync(disk, decision, blockSize, cancellationToken).ConfigureAwait(false))
        {
            bytes += run.Kind == BlockRunKind.Read ? Math.Min(run.Count * blockSize, disk.Image.Length - (run.First * blockSize)) : 0;
        }

        return bytes;
    }

    /// <summary>The runs of blocks that a capture looks at.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="decision">What is known of its changes.</param>
    /// <param name="blockSize">Block size of the repository in bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static IAsyncEnumerable<BlockRun> RunsAsync(SourceDisk disk, ChangeDecision decision, int blockSize, CancellationToken cancellationToken)
    {
        IAsyncEnumerable<BlockExtent> extents = ChangedExtents.ListAsync(disk.Image, decision, cancellationToken);
        return BlockRunPlanner.PlanAsync(extents, blockSize, disk.Image.Length, cancellationToken);
    }
}
