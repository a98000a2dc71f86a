using Portability.Repository.Backends;
using Portability.Repository.Leases;
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
    private readonly HashSet<(Digest Node, string Class)> seenNodes = [];
    private IReadOnlyList<Substitution> substitutions = [];
    private SubstitutionMap map = new([]);

    public LiveObjects(OpenRepository repository)
    {
        this.repository = repository;
        objects = new StoredObjects(repository.Store);
        finder = new ManifestFinder(repository);
    }

    /// <summary>Manifests that a tombstone covers and nobody pins, as of the last look.</summary>
    public IReadOnlyList<BlobName> Removed { get; private set; } = [];

    /// <summary>Substitutions of which no manifest stands, as of the last look.</summary>
    public IReadOnlyList<Substitution> IdleSubstitutions { get; private set; } = [];

    /// <summary>True if a manifest that was looked at needs the object.</summary>
    public bool Contains(ObjectId id) => marks.Contains(id);

    /// <summary>Looks at all manifests and marks what those need that were not there before.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RepositoryException">`CannotCollect`: a manifest cannot be read.</exception>
    /// <exception cref="PortabilityException">The store failed, or a reference tree is damaged.</exception>
    public async Task MarkAsync(CancellationToken cancellationToken)
    {
        // In this order: who put a substitution ends its lease after the manifest stands; who pins looks at the manifest after its lease stands.
        await ReadSubstitutionsAsync(cancellationToken).ConfigureAwait(false);
        HashSet<RecordId> writers = [.. (await LivingAsync(cancellationToken).ConfigureAwait(false)).Select(lease => lease.Lease)];
        ManifestListing listing = await finder.ListAsync(cancellationToken).ConfigureAwait(false);
        HashSet<Guid> pinned = [.. (await LivingAsync(cancellationToken).ConfigureAwait(false)).SelectMany(lease => lease.Pins)];
        var removed = new List<BlobName>();
        var standing = new HashSet<RecordHash>();
        foreach (BlobName name in listing.Removed)
        {
            FoundManifest? manifest = pinned.Count == 0 ? null : await finder.TryReadAsync(name, cancellationToken).ConfigureAwait(false);
            if (manifest is not null && pinned.Contains(manifest.Manifest.Snapshot))
            {
                await MarkAsync(manifest, standing, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                removed.Add(name);
            }
        }

        foreach (BlobName name in listing.Standing)
        {
            if (await finder.TryReadAsync(name, cancellationToken).ConfigureAwait(false) is { } manifest)
            {
                await MarkAsync(manifest, standing, cancellationToken).ConfigureAwait(false);
            }
        }

        MarkSubstitutions(standing, writers);
        Removed = removed;
    }

    private async Task<IEnumerable<LeaseState>> LivingAsync(CancellationToken cancellationToken) =>
        (await LeaseDirectory.ListAsync(repository, cancellationToken).ConfigureAwait(false)).Where(lease => !lease.IsEnded);

    private async Task ReadSubstitutionsAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Substitution> found = await Substitutions.ReadAsync(repository, substitutions, cancellationToken).ConfigureAwait(false);
        if (found.Count == substitutions.Count && found.All(substitutions.Contains))
        {
            return;
        }

        substitutions = found;
        var usable = new List<Substitution>();
        foreach (Substitution item in found)
        {
            if (await ObjectCopies.HasGoodAsync(repository.Store, item.New, CondemnedLists.None, cancellationToken).ConfigureAwait(false))
            {
                usable.Add(item);
            }
        }

        map = new SubstitutionMap(usable);
    }

    // A substitution that was put after a manifest was marked has not freed anything in this collection, but others may act on it: its pack stays.
    private void MarkSubstitutions(HashSet<RecordHash> standing, HashSet<RecordId> writers)
    {
        var idle = new List<Substitution>();
        foreach (Substitution item in substitutions)
        {
            RecordHash[] users = [.. item.CompleteFor.Where(standing.Contains)];
            if (users.Length == 0 && !(RepositoryNames.TryParse(item.Name, out RepositoryName name) && name.Id is { } writer && writers.Contains(writer)))
            {
                idle.Add(item);
            }

            foreach (ObjectId id in users.SelectMany(manifest => map.Resolve(item.New.Id, manifest)).Distinct())
            {
                marks.Add(id);
            }
        }

        IdleSubstitutions = idle;
    }

    private async Task MarkAsync(FoundManifest found, HashSet<RecordHash> standing, CancellationToken cancellationToken)
    {
        standing.Add(found.Hash);
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
    }

    private async Task MarkTreeAsync(ReferenceRoot root, RecordHash manifest, CancellationToken cancellationToken)
    {
        var tree = new ReferenceTree(objects, repository.Id, root);
        string manifestClass = map.ClassOf(manifest);
        marks.Add(root.HolderId);
        await foreach (WrittenObject entry in tree.UnseenAsync(node => seenNodes.Add((node, manifestClass)), cancellationToken).ConfigureAwait(false))
        {
            if (!map.Concerns(entry.Id))
            {
                marks.Add(entry.Id);
                continue;
            }

            foreach (ObjectId id in map.Resolve(entry.Id, manifest))
            {
                marks.Add(id);
            }
        }
    }
}
