using System.Runtime.CompilerServices;
using Portability.Repository.Backends;
using Portability.Repository.Objects;

namespace Portability.Repository.References;

/// <summary>The list of every object that a snapshot needs, readable without a key. Immutable, thread-safe; nodes are read when needed.</summary>
/// <remarks>FORMAT.md section 11.</remarks>
public sealed class ReferenceTree
{
    private const long CacheCapacity = 1 << 20;

    private readonly StoredObjects objects;
    private readonly Guid repository;
    private readonly BoundedCache<Digest, ReferenceNode> nodes = new(CacheCapacity, static _ => ReferenceNode.MaximumSize);

    /// <summary>Initialises a tree.</summary>
    /// <param name="objects">Where its nodes lie.</param>
    /// <param name="repository">The repository's id.</param>
    /// <param name="root">What the manifest says of it.</param>
    /// <exception cref="InvalidFormatException">The root's numbers do not fit each other.</exception>
    public ReferenceTree(StoredObjects objects, Guid repository, ReferenceRoot root)
    {
        if (root.Count <= 0
            || root.Count > ReferenceNode.Capacity(ReferenceNode.MaximumLevel)
            || root.Level != ReferenceNode.LevelFor(root.Count)
            || root.Length != ReferenceNode.Length(root.Level, ReferenceNode.ItemCount(root.Level, 0, root.Count))
            || root.Offset < ObjectHeader.Size
            || root.Offset > uint.MaxValue
            || root.Offset > root.HolderLength - root.Length)
        {
            throw Damage.Malformed(
                "reference root", 11, null, root.Offset, FormattableString.Invariant($"{root.Count} entries, level {root.Level} and {root.Length} bytes do not fit each other"));
        }

        this.objects = objects;
        this.repository = repository;
        Root = root;
    }

    /// <summary>What the manifest says of it.</summary>
    public ReferenceRoot Root { get; }

    /// <summary>Lists the objects in their order, those given up left out. The object that holds the root is not among them: see <see cref="ReferenceRoot.Holder"/>.</summary>
    /// <param name="first">Index of the entry to begin with.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">A node is damaged or gone.</exception>
    public async IAsyncEnumerable<WrittenObject> EntriesAsync(long first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (long index = first; index < Root.Count;)
        {
            ReferenceNode leaf = await LeafAsync(index, cancellationToken).ConfigureAwait(false);
            for (int item = (int)(index % ReferenceNode.FanOut); item < leaf.Entries.Length; item++, index++)
            {
                if (leaf.Entries[item] is WrittenObject entry)
                {
                    yield return entry;
                }
            }
        }
    }

    /// <summary>Lists the objects that this tree names and another one, of which it is a continuation, does not. Its cost follows what was added.</summary>
    /// <param name="before">The tree of an earlier snapshot.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Objects of the nodes that the two do not share; a few of the last shared entries may be among them.</returns>
    /// <exception cref="PortabilityException">A node is damaged or gone.</exception>
    public async IAsyncEnumerable<WrittenObject> AddedSinceAsync(ReferenceTree before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long leaves = (Root.Count + ReferenceNode.FanOut - 1) / ReferenceNode.FanOut;
        long shared = await SharedLeavesAsync(before, leaves, cancellationToken).ConfigureAwait(false);
        await foreach (WrittenObject entry in EntriesAsync(shared * ReferenceNode.FanOut, cancellationToken).ConfigureAwait(false))
        {
            yield return entry;
        }
    }

    /// <summary>Lists the objects below nodes that were not seen before: equal nodes have equal entries, in whichever tree.</summary>
    /// <param name="isNew">Told the hash of each node before it is read; false leaves out all that is below it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">A node is damaged or gone.</exception>
    public async IAsyncEnumerable<WrittenObject> UnseenAsync(Func<Digest, bool> isNew, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var open = new Stack<(ReferenceNodePlace Place, int Level, long Number)>();
        open.Push((Root.Place, Root.Level, 0));
        while (open.TryPop(out (ReferenceNodePlace Place, int Level, long Number) next))
        {
            if (!isNew(next.Place.Hash))
            {
                continue;
            }

            ReferenceNode node = await NodeAsync(next.Place, next.Level, next.Number, cancellationToken).ConfigureAwait(false);
            foreach (WrittenObject? entry in node.Entries)
            {
                if (entry is not null)
                {
                    yield return entry.Value;
                }
            }

            for (int child = node.Children.Length - 1; child >= 0; child--)
            {
                open.Push((node.Children[child], next.Level - 1, (next.Number * ReferenceNode.FanOut) + child));
            }
        }
    }

    /// <summary>Joins what is told of each entry. Nodes of which that is known are not read again, in whichever tree.</summary>
    /// <param name="tell">Bits that stand for an entry.</param>
    /// <param name="known">What nodes gave before; the same for all trees that are asked for the same.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">A node is damaged or gone.</exception>
    internal Task<ulong> JoinAsync(Func<WrittenObject, ulong> tell, Dictionary<Digest, ulong> known, CancellationToken cancellationToken) =>
        JoinAsync(Root.Place, Root.Level, 0, tell, known, cancellationToken);

    /// <summary>Reads the entry at an index.</summary>
    /// <param name="index">Its index, below the count of the root.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null for an entry that was given up.</returns>
    /// <exception cref="PortabilityException">A node on the way is damaged or gone.</exception>
    public async ValueTask<WrittenObject?> EntryAsync(long index, CancellationToken cancellationToken) =>
        (await LeafAsync(index, cancellationToken).ConfigureAwait(false)).Entries[(int)(index % ReferenceNode.FanOut)];

    /// <summary>Reads the nodes from the root to the one that ends the tree.</summary>
    internal async Task<(ReferenceNode Node, ReferenceNodePlace Place)[]> LastNodesAsync(CancellationToken cancellationToken)
    {
        var path = new (ReferenceNode, ReferenceNodePlace)[Root.Level + 1];
        ReferenceNodePlace place = Root.Place;
        for (int level = Root.Level; level >= 0; level--)
        {
            ReferenceNode node = await NodeAsync(place, level, (Root.Count - 1) / ReferenceNode.Capacity(level), cancellationToken).ConfigureAwait(false);
            path[level] = (node, place);
            place = level > 0 ? node.Children[^1] : default;
        }

        return path;
    }

    private async Task<ulong> JoinAsync(
        ReferenceNodePlace place, int level, long number, Func<WrittenObject, ulong> tell, Dictionary<Digest, ulong> known, CancellationToken cancellationToken)
    {
        if (known.TryGetValue(place.Hash, out ulong bits))
        {
            return bits;
        }

        ReferenceNode node = await NodeAsync(place, level, number, cancellationToken).ConfigureAwait(false);
        foreach (WrittenObject? entry in node.Entries)
        {
            bits |= entry is null ? 0 : tell(entry.Value);
        }

        for (int child = 0; child < node.Children.Length; child++)
        {
            bits |= await JoinAsync(node.Children[child], level - 1, (number * ReferenceNode.FanOut) + child, tell, known, cancellationToken).ConfigureAwait(false);
        }

        known.Add(place.Hash, bits);
        return bits;
    }

    private async ValueTask<long> SharedLeavesAsync(ReferenceTree before, long leaves, CancellationToken cancellationToken)
    {
        long low = 0, high = Math.Min(leaves, before.Root.Count / ReferenceNode.FanOut);
        while (low < high)
        {
            long middle = (low + high) / 2;
            bool same = await LeafPlaceAsync(middle, cancellationToken).ConfigureAwait(false)
                == await before.LeafPlaceAsync(middle, cancellationToken).ConfigureAwait(false);
            (low, high) = same ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private async ValueTask<Digest> LeafPlaceAsync(long leaf, CancellationToken cancellationToken)
    {
        ReferenceNodePlace place = Root.Place;
        for (int level = Root.Level; level > 0; level--)
        {
            place = await ChildAsync(place, level, leaf * ReferenceNode.FanOut, cancellationToken).ConfigureAwait(false);
        }

        return place.Hash;
    }

    private async ValueTask<ReferenceNode> LeafAsync(long index, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Root.Count);
        ReferenceNodePlace place = Root.Place;
        for (int level = Root.Level; level > 0; level--)
        {
            place = await ChildAsync(place, level, index, cancellationToken).ConfigureAwait(false);
        }

        return await NodeAsync(place, 0, index / ReferenceNode.FanOut, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<ReferenceNodePlace> ChildAsync(ReferenceNodePlace place, int level, long index, CancellationToken cancellationToken)
    {
        ReferenceNode node = await NodeAsync(place, level, index / ReferenceNode.Capacity(level), cancellationToken).ConfigureAwait(false);
        return node.Children[(int)(index / ReferenceNode.Capacity(level - 1) % ReferenceNode.FanOut)];
    }

    private async ValueTask<ReferenceNode> NodeAsync(ReferenceNodePlace place, int level, long number, CancellationToken cancellationToken)
    {
        int items = ReferenceNode.ItemCount(level, number, Root.Count);
        ReferenceNode node = await nodes.GetAsync(place.Hash, (_, token) => LoadAsync(place, level, items, token), cancellationToken).ConfigureAwait(false);
        return node.Level == level && Math.Max(node.Entries.Length, node.Children.Length) == items
            ? node
            : throw Damage.Malformed("reference node", 11, Name(place), place.Offset, FormattableString.Invariant($"level {node.Level} stands where {level} belongs"));
    }

    private static string Name(ReferenceNodePlace place) => RepositoryNames.StoredObject(ObjectKind.Reference, BlockSet.None, place.Object).Value;

    private Task<ReferenceNode> LoadAsync(ReferenceNodePlace place, int level, int items, CancellationToken cancellationToken) => objects.ReadAsync(
        ObjectKind.Reference, BlockSet.None, place.Object, (name, token) => ReadAsync(place, level, items, name, token), cancellationToken);

    private async Task<ReferenceNode> ReadAsync(ReferenceNodePlace place, int level, int items, BlobName name, CancellationToken cancellationToken)
    {
        byte[] start = new byte[ObjectHeader.Size];
        await objects.ReadExactlyAsync(name, 0, start, cancellationToken).ConfigureAwait(false);
        ObjectHeader.Read(start, name.Value).Expect(repository, ObjectKind.Reference, BlockSet.None, place.Object, name.Value);
        if (place.Offset < ObjectHeader.Size || place.Length != ReferenceNode.Length(level, items))
        {
            throw Damage.Malformed("reference node", 11, name.Value, place.Offset, FormattableString.Invariant($"{place.Length} bytes are not a node of level {level} with {items} items"));
        }

        byte[] bytes = new byte[place.Length];
        await objects.ReadExactlyAsync(name, place.Offset, bytes, cancellationToken).ConfigureAwait(false);
        return Digest.Of(bytes) == place.Hash
            ? ReferenceNode.Decode(bytes, level, items, name.Value, place.Offset)
            : throw Damage.At(name.Value, place.Offset, FormattableString.Invariant($"{bytes.Length} bytes are not the node that its parent names"));
    }
}
