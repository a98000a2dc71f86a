using Portability.Engine.Repositories;
using Portability.Repository.Keys;
using Portability.Repository.Locations;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Snapshots.Capture;

/// <summary>What the sealed objects of one workload are read with: keys, map nodes and blocks, each with a bounded cache.</summary>
internal sealed class SnapshotScope : IDisposable
{
    private readonly PackLocator locator;

    private SnapshotScope(OpenRepository repository, ObjectScope objects)
    {
        Objects = objects;
        Nodes = new MapNodeSource(objects);
        locator = new PackLocator(repository, objects);
        Blocks = new BlockReader(objects, locator);
    }

    /// <summary>Keys and store.</summary>
    public ObjectScope Objects { get; }

    /// <summary>Reads map nodes.</summary>
    public MapNodeSource Nodes { get; }

    /// <summary>Reads blocks.</summary>
    public BlockReader Blocks { get; }

    /// <summary>Opens the objects of a workload.</summary>
    /// <param name="connection">The repository.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="keyring">Keys of the repository.</param>
    /// <param name="fromStore">True to read all from the store itself, for a test of it; else maps may come from the cache.</param>
    public static SnapshotScope Open(RepositoryConnection connection, Guid workload, Keyring keyring, bool fromStore = false)
    {
        RepositoryConfiguration configuration = connection.Opened.Configuration;
        return new SnapshotScope(connection.Opened, new ObjectScope
        {
            Repository = configuration.Id,
            BlockSize = configuration.BlockSize,
            Objects = new StoredObjects(fromStore ? connection.Store : connection.Cached),
            Keyring = keyring,
            SharedWithin = configuration.DedupScope == DedupScope.Workload ? workload : null,
            PadPacks = configuration.PadPacks,
        });
    }

    /// <summary>Opens a snapshot for reading.</summary>
    /// <param name="manifest">The snapshot; its signature and rights were checked.</param>
    public SnapshotReader Read(SnapshotManifest manifest) => new(Blocks, Nodes, manifest);

    /// <summary>Forgets keys and what is kept.</summary>
    public void Dispose()
    {
        Blocks.Dispose();
        Nodes.Dispose();
        locator.Dispose();
    }
}
