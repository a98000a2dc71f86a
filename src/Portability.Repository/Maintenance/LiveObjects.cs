using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.References;
using Portability.Repository.Repositories;

namespace Portability.Repository.Maintenance;

/// <summary>
/// Marks what manifests need. Marks only grow: looking again reads what came since. Keeps rather too much than too little: manifests of
/// unknown signers are heeded too, and what cannot be read ends the collection. Needs no key. One caller at a time.
/// </summary>
/// <remarks>FORMAT.md, sections 11, 13 and 16.</remarks>
internal sealed class LiveObjects
{
    private readonly OpenRepository repository;
    private readonly StoredObjects objects;
    private readonly ManifestFinder finder;
    private readonly ObjectMarks marks = new();
    private readonly HashSet<BlobName> marked = [];
    private readonly HashSet<(Digest Node, int Class)> seenNodes = [];
    private readonly Dictionary<string, int> classes = new(StringComparer.Ordinal);
    private readonly List<FoundManifest> manifests = [];

    public LiveObjects(OpenRepository repository)
        : this(repository, new ManifestFinder(repository))
    {
    }

    private LiveObjects(OpenRepository repository, ManifestFinder finder)
    {
        this.repository = repository;
        this.finder = finder;
        objects = new StoredObjects(repository.Store);
    }

    /// <summary>Manifests that need what is marked, as of the last look: those that stand, and those that are removed and pinned.</summary>
    public IReadOnlyList<FoundManifest> Manifests => manifests;

    /// <summary>Substitutions that count, as of the last look.</summary>
    public IReadOnlyList<Substitution> Substitutions { get; private set; } = [];

    /// <summary>What substitutions say, as of the last look.</summary>
    public SubstitutionMap Map { get; private set; } = new([], new HashSet<ObjectId>());

    /// <summary>Manifests that a tombstone covers and nobody pins, as of the last look.</summary>
    public IReadOnlyList<BlobName> Removed { get; private set; } = [];

    /// <summary>Substitutions of which no manifest stands, as of the last look.</summary>
    public IReadOnlyList<Substitution> IdleSubstitutions { get; private set; } = [];

    /// <summary>Visits the blocks of all <see cref="Manifests"/>.</summary>
    /// <param name="nodes">Reads nodes of their maps.</param>
    /// <param name="visit">Told of the blocks, of most of them once.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Manifests of which all blocks were visited, and those of which that cannot be done: with a damaged map, or of a signer without the right.</returns>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<(List<FoundManifest> Whole, List<FoundManifest> Broken)> VisitAsync(
        MapNodeSource nodes, Func<BlockSet, BlockLocation, CancellationToken, ValueTask> visit, CancellationToken cancellationToken)
    {
        var walk = new MapWalk(nodes, visit);
        List<FoundManifest> whole = [], broken = [];
        foreach (FoundManifest found in manifests)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await finder.TryReadAllAsync(found, cancellationToken).ConfigureAwait(false) is { } manifest)
            {
                (found.Counts && await walk.TryVisitAsync(manifest, cancellationToken).ConfigureAwait(false) ? whole : broken).Add(found);
            }
        }

        return (whole, broken);
    }

    /// <summary>The reference tree of a manifest, or null where nothing is stored.</summary>
    public ReferenceTree? Tree(FoundManifest manifest) =>
        manifest.Manifest.References is { } root ? new ReferenceTree(objects, repository.Id, root) : null;

    /// <summary>True if a manifest that was looked at needs the object.</summary>
    public bool Contains(ObjectId id) => marks.Contains(id);

    /// <summary>The same without a mark: to see what is not needed any more, since marks only grow.</summary>
    public LiveObjects Anew() => new(repository, finder);

    /// <summary>Looks at all manifests and marks what those need that were not there before.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RepositoryException">`CannotCollect`: a manifest, or the reference tree of one that counts, cannot be read.</exception>
    /// <exception cref="PortabilityException">The store failed.</exception>
    public async Task MarkAsync(CancellationToken cancellationToken)
    {
        // In this order: who put a substitution ends its lease after the manifest stands; who pins looks at the manifest after its lease stands.
        await ReadSubstitutionsAsync(cancellationToken).ConfigureAwait(false);
        HashSet<RecordId> writers = [.. (await LivingAsync(cancellationToken).ConfigureAwait(false)).Select(lease => lease.Lease)];
        ManifestListing listing = await finder.ListAsync(cancellationToken).ConfigureAwait(false);
        HashSet<Guid> pinned = [.. (await LivingAsync(cancellationToken).ConfigureAwait(false)).SelectMany(lease => lease.Pins)];
        var standing = new HashSet<RecordHash>();
        manifests.Clear();
        var held = new HashSet<BlobName>();
        foreach (FoundManifest manifest in pinned.Count == 0 ? [] : await finder.ReadAsync(listing.Removed, cancellationToken).ConfigureAwait(false))
        {
            if (pinned.Contains(manifest.Manifest.Snapshot))
            {
                held.Add(manifest.Name);
                await MarkAsync(manifest, standing, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (FoundManifest manifest in await finder.ReadAsync(listing.Standing, cancellationToken).ConfigureAwait(false))
        {
            await MarkAsync(manifest, standing, cancellationToken).ConfigureAwait(false);
        }

        MarkSubstitutions(standing, writers);
        Removed = [.. listing.Removed.Where(name => !held.Contains(name))];
    }

    private async Task<IEnumerable<LeaseState>> LivingAsync(CancellationToken cancellationToken) =>
        (await LeaseDirectory.ListAsync(repository, cancellationToken).ConfigureAwait(false)).Where(lease => !lease.IsEnded);

    private async Task ReadSubstitutionsAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Substitution> found = await Maintenance.Substitutions.ReadAsync(repository, Substitutions, cancellationToken).ConfigureAwait(false);
        if (found.Count == Substitutions.Count && found.All(Substitutions.Contains))
        {
            return;
        }

        Substitutions = found;
        Map = await Maintenance.Substitutions.MapAsync(repository.Store, found, cancellationToken).ConfigureAwait(false);
    }

    // A substitution that was put after a manifest was marked has not freed anything in this collection, but others may act on it: its pack stays.
    private void MarkSubstitutions(HashSet<RecordHash> standing, HashSet<RecordId> writers)
    {
        var idle = new List<Substitution>();
        foreach (Substitution item in Substitutions)
        {
            RecordHash[] users = [.. item.CompleteFor.Where(standing.Contains)];
            if (users.Length == 0 && !(RepositoryNames.TryParse(item.Name, out RepositoryName name) && name.Id is { } writer && writers.Contains(writer)))
            {
                idle.Add(item);
            }

            foreach (RecordHash manifest in users)
            {
                marks.Add(Map.Resolve(item.New.Id, manifest));
            }
        }

        IdleSubstitutions = idle;
    }

    private async Task MarkAsync(FoundManifest found, HashSet<RecordHash> standing, CancellationToken cancellationToken)
    {
        standing.Add(found.Hash);
        manifests.Add(found);
        if (!marked.Add(found.Name) || found.Manifest.References is not { } root)
        {
            return;
        }

        try
        {
            await MarkTreeAsync(root, found.Hash, cancellationToken).ConfigureAwait(false);
        }
        catch (PortabilityException exception) when (!found.Counts && exception is IntegrityException or InvalidFormatException)
        {
            // Whoever signed it has no right: what can be read of it is kept, the rest is missed by nobody. But what it skipped others may need.
            seenNodes.Clear();
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            // It may have been removed, and swept by another collector, since it was listed: then nobody needs it. What it skipped others may need.
            if ((await finder.ListAsync(cancellationToken).ConfigureAwait(false)).Standing.Contains(found.Name))
            {
                throw ManifestFinder.TreeDamaged(found, exception);
            }

            seenNodes.Clear();
        }
    }

    private async Task MarkTreeAsync(ReferenceRoot root, RecordHash manifest, CancellationToken cancellationToken)
    {
        var tree = new ReferenceTree(objects, repository.Id, root);
        int manifestClass = ClassOf(manifest);
        marks.Add(root.HolderId);
        await foreach (WrittenObject entry in tree.UnseenAsync(node => seenNodes.Add((node, manifestClass)), cancellationToken).ConfigureAwait(false))
        {
            marks.Add(Map.Concerns(entry.Id) ? Map.Resolve(entry.Id, manifest) : entry.Id);
        }
    }

    private int ClassOf(RecordHash manifest)
    {
        string text = Map.ClassOf(manifest);
        if (!classes.TryGetValue(text, out int number))
        {
            number = classes.Count;
            classes.Add(text, number);
        }

        return number;
    }
}
