using Portability.Repository.Backends;
using Portability.Repository.Objects;

namespace Portability.Repository.Maps;

/// <summary>Reads nodes of block maps, each checked against the hash that its parent holds; keeps those used last. Thread-safe.</summary>
/// <remarks>FORMAT.md section 10.</remarks>
public sealed class MapNodeSource : IDisposable
{
    /// <summary>Bytes of nodes that are kept when nothing else is said.</summary>
    public const long DefaultCapacity = 16L << 20;

    /// <summary>Most map objects whose keys are kept.</summary>
    private const int MaximumSealers = 1024;

    private readonly ObjectScope scope;
    private readonly BoundedCache<Digest, MapNode> nodes;
    private readonly BoundedCache<(BlockSet Set, ObjectId Map), ObjectSealer> sealers = new(MaximumSealers, static _ => 1);

    /// <summary>Initialises a source.</summary>
    /// <param name="scope">The repository.</param>
    /// <param name="capacity">Bytes of nodes that are kept.</param>
    public MapNodeSource(ObjectScope scope, long capacity = DefaultCapacity)
    {
        this.scope = scope;
        nodes = new BoundedCache<Digest, MapNode>(capacity, static node => node.Weight);
    }

    /// <summary>Drops what is kept; nobody reads any more.</summary>
    public void Dispose() => sealers.Clear(static sealer => sealer.Dispose());

    /// <summary>Reads a node.</summary>
    /// <param name="set">Set of the disk.</param>
    /// <param name="reference">Where it lies.</param>
    /// <param name="level">Level it must have.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">No copy of the object holds the node that the hash names.</exception>
    internal async ValueTask<MapNode> GetAsync(BlockSet set, MapNodeReference reference, int level, CancellationToken cancellationToken)
    {
        MapNode node = await nodes.GetAsync(
            reference.Hash, (_, token) => LoadAsync(set, reference, level, token), cancellationToken).ConfigureAwait(false);
        return node.Level == level
            ? node
            : throw Damage.Malformed("map node", 10, Name(set, reference), reference.Offset, FormattableString.Invariant($"level {node.Level} stands where {level} belongs"));
    }

    private static string Name(BlockSet set, MapNodeReference reference) => RepositoryNames.StoredObject(ObjectKind.Map, set, reference.Map).Value;

    private Task<MapNode> LoadAsync(BlockSet set, MapNodeReference reference, int level, CancellationToken cancellationToken)
    {
        if (reference.Length is <= ObjectSealer.Overhead or > MapNode.MaximumSize + ObjectSealer.Overhead)
        {
            throw Damage.Malformed("map node", 10, Name(set, reference), reference.Offset, FormattableString.Invariant($"no node has {reference.Length} bytes"));
        }

        return scope.Objects.ReadAsync(
            ObjectKind.Map, set, reference.Map, (name, token) => ReadAsync(set, reference, level, name, token), cancellationToken);
    }

    private async Task<MapNode> ReadAsync(BlockSet set, MapNodeReference reference, int level, BlobName name, CancellationToken cancellationToken)
    {
        ObjectSealer sealer = await sealers.GetAsync(
            (set, reference.Map), (_, token) => OpenAsync(set, reference.Map, name, token), cancellationToken).ConfigureAwait(false);
        byte[] sealedNode = new byte[reference.Length];
        await scope.Objects.ReadExactlyAsync(name, reference.Offset, sealedNode, cancellationToken).ConfigureAwait(false);
        byte[] text = new byte[sealedNode.Length - ObjectSealer.Overhead];
        if (!sealer.TryOpen(ObjectSealer.PartZone, reference.Node, reference.Offset, sealedNode, text) || Digest.Of(text) != reference.Hash)
        {
            throw Damage.At(name.Value, reference.Offset, FormattableString.Invariant($"node {reference.Node} of {reference.Length} bytes is not the one that its parent names"));
        }

        return MapNode.Decode(text, level, name.Value, reference.Offset);
    }

    private async Task<ObjectSealer> OpenAsync(BlockSet set, ObjectId map, BlobName name, CancellationToken cancellationToken)
    {
        byte[] start = new byte[ObjectHeader.Size];
        await scope.Objects.ReadExactlyAsync(name, 0, start, cancellationToken).ConfigureAwait(false);
        var header = ObjectHeader.Read(start, name.Value);
        header.Expect(scope.Repository, ObjectKind.Map, set, map, name.Value);
        return new ObjectSealer(scope.Keyring, header);
    }
}
