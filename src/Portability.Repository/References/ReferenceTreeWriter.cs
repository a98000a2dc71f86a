using Portability.Core.Crypto;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.References;

/// <summary>
/// Continues the reference tree of a snapshot, or begins one. Full nodes of the tree before are used again; what is new goes into one
/// reference object. One thread at a time. Dead after the first error.
/// </summary>
/// <remarks>FORMAT.md section 11. The caller keeps track of what was named before: naming an object twice does no harm but to space.</remarks>
public sealed class ReferenceTreeWriter
{
    private readonly StoredObjects objects;
    private readonly ObjectHeader header;
    private readonly ObjectBuffer buffer;
    private readonly List<WrittenObject?> entries = [];
    private readonly List<Level> levels = [];
    private readonly ReferenceRoot? before;
    private ReferenceNodePlace? oldLeaf;
    private long count;
    private bool ended;

    private ReferenceTreeWriter(StoredObjects objects, ObjectHeader header, ReferenceRoot? before)
    {
        this.objects = objects;
        this.header = header;
        this.before = before;
        buffer = new ObjectBuffer(header);
    }

    /// <summary>Entries so far.</summary>
    public long Count => count;

    /// <summary>Begins a tree or continues one.</summary>
    /// <param name="objects">Where nodes are read from and the new object is put.</param>
    /// <param name="repository">The repository's id.</param>
    /// <param name="lease">Id of the lease that owns the new object.</param>
    /// <param name="random">Where its id comes from.</param>
    /// <param name="before">The tree to continue, or null to begin one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">A node of the tree before is damaged or gone.</exception>
    public static async Task<ReferenceTreeWriter> OpenAsync(
        StoredObjects objects, Guid repository, RecordId lease, RandomSource random, ReferenceTree? before, CancellationToken cancellationToken)
    {
        var fresh = new ObjectHeader
        {
            Kind = ObjectKind.Reference,
            Set = BlockSet.None,
            Repository = repository,
            Id = ObjectId.Draw(random),
            Lease = lease,
            Epoch = 0,
        };
        var writer = new ReferenceTreeWriter(objects, fresh, before?.Root);
        if (before is not null)
        {
            (ReferenceNode Node, ReferenceNodePlace Place)[] path = await before.LastNodesAsync(cancellationToken).ConfigureAwait(false);
            writer.entries.AddRange(path[0].Node.Entries);
            writer.oldLeaf = path[0].Place;
            writer.count = before.Root.Count;
            foreach ((ReferenceNode node, ReferenceNodePlace place) in path.AsSpan(1))
            {
                writer.levels.Add(new Level([.. node.Children[..^1]], place, node.Children[^1]));
            }
        }

        return writer;
    }

    /// <summary>Adds an object.</summary>
    /// <param name="entry">A pack, a map object or a reference object, durable.</param>
    /// <returns>Index of its entry.</returns>
    public long Add(WrittenObject entry)
    {
        if (before is not null && count == before.Count && entry != before.Holder)
        {
            Append(before.Holder); // older nodes lie in it
        }

        Append(entry);
        return count - 1;
    }

    /// <summary>Adds an entry that was given up, so that those behind it keep their index.</summary>
    public void AddGivenUp() => Append(null);

    /// <summary>Writes the nodes that are new and puts their object.</summary>
    /// <param name="cancellationToken">Gives up; the writer is dead then.</param>
    /// <returns>The root: that of the tree before if nothing was added.</returns>
    /// <exception cref="InvalidOperationException">The tree is empty, or was completed before.</exception>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<ReferenceRoot> CompleteAsync(CancellationToken cancellationToken)
    {
        if (ended || count == 0)
        {
            throw new InvalidOperationException("A reference tree is completed once, with at least one entry.");
        }

        ended = true;
        if (before is not null && count == before.Count)
        {
            return before;
        }

        int level = 0;
        for (; level < levels.Count; level++)
        {
            Push(level, level == 0 ? WriteLeaf() : WriteLevel(level - 1));
        }

        ReferenceNodePlace root = level == 0 ? WriteLeaf() : WriteLevel(level - 1);
        ReadOnlyMemory<byte> content = buffer.Content;
        await objects.PutAsync(ObjectKind.Reference, BlockSet.None, header.Id, content, cancellationToken).ConfigureAwait(false);
        return new ReferenceRoot(header.Id, content.Length, Digest.Of(content.Span), root.Offset, (int)root.Length, root.Hash, level, count);
    }

    private void Append(WrittenObject? entry)
    {
        ObjectDisposedException.ThrowIf(ended, this);
        if (entries.Count == ReferenceNode.FanOut)
        {
            ReferenceNodePlace leaf = oldLeaf ?? WriteLeaf();
            Push(0, leaf);
            entries.Clear();
        }

        oldLeaf = null;
        entries.Add(entry);
        count++;
    }

    /// <summary>Adds a node to the level above, and that one's to the next when it is full.</summary>
    private void Push(int above, ReferenceNodePlace place)
    {
        if (above == levels.Count)
        {
            levels.Add(new Level([], null, null));
        }

        Level level = levels[above];
        if (level.Children.Count == ReferenceNode.FanOut)
        {
            Push(above + 1, level.Old is not null && level.Unchanged ? level.Old.Value : WriteLevel(above));
            level = new Level([], null, null);
            levels[above] = level;
        }

        level.Unchanged = level.Last is not null && level.Last == place;
        level.Last = null;
        level.Children.Add(place);
    }

    private ReferenceNodePlace WriteLeaf()
    {
        int length = ReferenceNode.Length(0, entries.Count);
        uint offset = (uint)buffer.Length;
        Span<byte> target = buffer.Append(length);
        ReferenceNode.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(entries), target);
        return new ReferenceNodePlace(header.Id, offset, (uint)length, Digest.Of(target));
    }

    private ReferenceNodePlace WriteLevel(int index)
    {
        List<ReferenceNodePlace> children = levels[index].Children;
        int length = ReferenceNode.Length(index + 1, children.Count);
        uint offset = (uint)buffer.Length;
        Span<byte> target = buffer.Append(length);
        ReferenceNode.Write(index + 1, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(children), target);
        return new ReferenceNodePlace(header.Id, offset, (uint)length, Digest.Of(target));
    }

    /// <summary>The open node of a level above the leaves: its children but the one that is open below.</summary>
    private sealed class Level(List<ReferenceNodePlace> children, ReferenceNodePlace? old, ReferenceNodePlace? last)
    {
        public List<ReferenceNodePlace> Children { get; } = children;

        /// <summary>Where the node lay in the tree before.</summary>
        public ReferenceNodePlace? Old { get; } = old;

        /// <summary>The child that is open below, as the tree before had it.</summary>
        public ReferenceNodePlace? Last { get; set; } = last;

        /// <summary>True while the node holds what it held in the tree before.</summary>
        public bool Unchanged { get; set; }
    }
}
