using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Snapshots;

namespace Portability.Repository.Maintenance;

/// <summary>Visits the blocks that block maps name, each leaf once, in however many maps it lies. One caller at a time.</summary>
internal sealed class MapWalk
{
    private readonly MapNodeSource nodes;
    private readonly Func<BlockSet, BlockLocation, CancellationToken, ValueTask> visit;
    private readonly HashSet<Digest> seen = [];

    /// <summary>Initialises a walk.</summary>
    /// <param name="nodes">Reads nodes; stays the caller's.</param>
    /// <param name="visit">Told of the blocks of each leaf that was not seen before; of some twice where a map is damaged.</param>
    public MapWalk(MapNodeSource nodes, Func<BlockSet, BlockLocation, CancellationToken, ValueTask> visit)
    {
        this.nodes = nodes;
        this.visit = visit;
    }

    /// <summary>Visits all disks of a snapshot.</summary>
    /// <param name="manifest">The snapshot.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False if a map is damaged: then some blocks were not visited.</returns>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<bool> TryVisitAsync(SnapshotManifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            foreach (SnapshotDisk disk in manifest.Disks.Where(disk => disk.Root is not null))
            {
                await VisitAsync(disk, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            seen.Clear(); // what this map did not reach, others that share its nodes must
            return false;
        }
    }

    private async Task VisitAsync(SnapshotDisk disk, CancellationToken cancellationToken)
    {
        var open = new Stack<(MapNodeReference Reference, int Level)>();
        open.Push((disk.Root!.Value, disk.Levels - 1));
        while (open.TryPop(out (MapNodeReference Reference, int Level) next))
        {
            if (!seen.Add(next.Reference.Hash))
            {
                continue;
            }

            MapNode node = await nodes.GetAsync(disk.Set, next.Reference, next.Level, cancellationToken).ConfigureAwait(false);
            for (int child = MapNode.FanOut - 1; child >= 0; child--)
            {
                if (node.Has(child) && next.Level == 0)
                {
                    await visit(disk.Set, node.Block(child), cancellationToken).ConfigureAwait(false);
                }
                else if (node.Has(child))
                {
                    open.Push((node.Child(child), next.Level - 1));
                }
            }
        }
    }
}
