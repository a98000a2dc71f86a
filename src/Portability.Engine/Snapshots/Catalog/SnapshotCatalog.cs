using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Portability.Engine.Repositories;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Snapshots.Catalog;

/// <summary>Finds the snapshots of a repository. What is there is always asked from the store; a record without its right counts as absent.</summary>
internal sealed class SnapshotCatalog
{
    /// <summary>Most bytes of a manifest that are read.</summary>
    public const int MaximumManifestSize = 64 << 20;

    // Enough to hide the latency of a share, few enough to keep what is read ahead small.
    private const int ReadsAtOnce = 8;

    private readonly OpenRepository opened;
    private readonly CachingBlobStore store;
    private readonly IOperationObserver observer;

    /// <summary>Initialises a catalog.</summary>
    /// <param name="connection">The repository.</param>
    /// <param name="observer">Hears of records that do not count.</param>
    public SnapshotCatalog(RepositoryConnection connection, IOperationObserver observer)
    {
        opened = connection.Opened;
        store = connection.Cached;
        this.observer = observer;
    }

    /// <summary>Lists all workloads that have numbers.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public async IAsyncEnumerable<WorkloadListing> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A listing is ordered by name, so that a workload's names follow each other: one listing tells all of them.
        var names = new List<RepositoryName>();
        await foreach (BlobEntry entry in opened.Store.ListAsync(RepositoryNames.SnapshotPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (!RepositoryNames.TryParse(entry.Name, out RepositoryName parts))
            {
                continue;
            }

            if (names.Count > 0 && names[0].Workload != parts.Workload)
            {
                yield return WorkloadListing.Of(await SnapshotSequence.OfAsync(opened, names[0].Workload, names, cancellationToken).ConfigureAwait(false));
                names = [];
            }

            names.Add(parts);
        }

        if (names.Count > 0)
        {
            yield return WorkloadListing.Of(await SnapshotSequence.OfAsync(opened, names[0].Workload, names, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>Lists one workload.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public async Task<WorkloadListing> ListAsync(Guid workload, CancellationToken cancellationToken) =>
        WorkloadListing.Of(await SnapshotSequence.ReadAsync(opened, workload, cancellationToken).ConfigureAwait(false));

    /// <summary>Reads the snapshots of a listing, one a number, ascending. One whose manifest is damaged under every name is told to the observer and passed over.</summary>
    /// <param name="listing">The listing.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read, or shows fewer trust records than a manifest names.</exception>
    public IAsyncEnumerable<CatalogEntry> ReadAsync(WorkloadListing listing, CancellationToken cancellationToken) =>
        ReadAsync(listing, entry => entry, cancellationToken);

    /// <summary>As the other one, and makes something of each snapshot on the thread that read it.</summary>
    /// <typeparam name="T">What is made.</typeparam>
    /// <param name="listing">The listing.</param>
    /// <param name="select">Makes it; null for a snapshot that is not wanted.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read, or shows fewer trust records than a manifest names.</exception>
    public async IAsyncEnumerable<T> ReadAsync<T>(
        WorkloadListing listing, Func<CatalogEntry, T?> select, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        await CheckCacheAsync(listing, cancellationToken).ConfigureAwait(false);
        var reading = new Queue<Task<T?>>();
        int next = 0;
        try
        {
            while (reading.Count > 0 || next < listing.Manifests.Count)
            {
                while (reading.Count < ReadsAtOnce && next < listing.Manifests.Count)
                {
                    int end = EndOfNumber(listing, next);
                    reading.Enqueue(SelectAsync(listing, next, end, select, cancellationToken));
                    next = end;
                }

                T? made = await reading.Dequeue().ConfigureAwait(false);
                if (made is not null)
                {
                    yield return made;
                }
            }
        }
        finally
        {
            foreach (Task<T?> left in reading)
            {
                await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Reads the newest snapshot of a listing. One whose manifest is damaged under every name is told to the observer and passed over.</summary>
    /// <param name="listing">The listing.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The snapshot, or null if none counts.</returns>
    /// <exception cref="PortabilityException">The store cannot be read, or shows fewer trust records than a manifest names.</exception>
    public async Task<CatalogEntry?> ReadNewestAsync(WorkloadListing listing, CancellationToken cancellationToken)
    {
        await CheckCacheAsync(listing, cancellationToken).ConfigureAwait(false);
        int first;
        for (int end = listing.Manifests.Count; end > 0; end = first)
        {
            first = end - 1;
            while (first > 0 && listing.Manifests[first - 1].Number == listing.Manifests[end - 1].Number)
            {
                first--;
            }

            if (await ReadNumberAsync(listing, first, end, cancellationToken).ConfigureAwait(false) is { } entry)
            {
                return entry;
            }
        }

        return null;
    }

    /// <summary>Reads one snapshot.</summary>
    /// <param name="workload">Its workload.</param>
    /// <param name="number">Its number.</param>
    /// <param name="snapshot">Its identifier.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="RepositoryException">`SnapshotNotFound`.</exception>
    /// <exception cref="PortabilityException">The store cannot be read, or the record is damaged.</exception>
    public async Task<CatalogEntry> GetAsync(Guid workload, long number, Guid snapshot, CancellationToken cancellationToken)
    {
        WorkloadListing listing = await ListAsync(workload, cancellationToken).ConfigureAwait(false);
        await CheckCacheAsync(listing, cancellationToken).ConfigureAwait(false);
        ExceptionDispatchInfo? damage = null;
        foreach ((long Number, BlobName Name) place in listing.Manifests.Where(place => place.Number == number))
        {
            try
            {
                if (await TryReadAsync(workload, place, cancellationToken).ConfigureAwait(false) is { } entry && entry.Manifest.Snapshot == snapshot)
                {
                    return entry;
                }
            }
            catch (PortabilityException exception) when (IsDamage(exception))
            {
                damage ??= ExceptionDispatchInfo.Capture(exception); // a repair may stand beside it
            }
        }

        damage?.Throw();
        throw new RepositoryException(
            "SnapshotNotFound",
            ErrorKind.NotFound,
            FormattableString.Invariant($"Failed to open snapshot {number} ({snapshot:D}) in '{opened.Store.Location}': it is not there any more."),
            "List what is there with Get-WorkloadSnapshot.",
            snapshot.ToString("D"));
    }

    /// <summary>
    /// Drops what the cache has of a workload when the store has another history of it. Numbers begin again where an older state was put back or a folder was
    /// copied, and both manifests of a number are validly signed: so the newest that the cache has is compared with the store's; where they
    /// are equal, so is all before them, since each names its parent's hash.
    /// </summary>
    /// <param name="listing">The listing.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public async Task CheckCacheAsync(WorkloadListing listing, CancellationToken cancellationToken)
    {
        for (int i = listing.Manifests.Count - 1; i >= 0; i--)
        {
            BlobName name = listing.Manifests[i].Name;
            if (await store.TryReadCachedAsync(name, cancellationToken).ConfigureAwait(false) is not { } cached)
            {
                continue;
            }

            byte[]? bytes = await opened.Store.TryReadAllAsync(name, MaximumManifestSize, cancellationToken).ConfigureAwait(false);
            if (bytes is not null && bytes.AsSpan().SequenceEqual(cached))
            {
                return;
            }

            for (; i >= 0; i--)
            {
                await store.ForgetAsync(listing.Manifests[i].Name, cancellationToken).ConfigureAwait(false);
            }

            return;
        }
    }

    /// <summary>Reads the manifest under one name of a listing that <see cref="CheckCacheAsync"/> has seen.</summary>
    /// <param name="workload">Its workload.</param>
    /// <param name="place">Its number and name.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Null for a void, for what is gone, and for what counts as absent, which the observer hears.</returns>
    /// <exception cref="PortabilityException">The store cannot be read, or the record is damaged.</exception>
    public async Task<CatalogEntry?> TryReadAsync(Guid workload, (long Number, BlobName Name) place, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? cached = await store.TryReadListedAsync(place.Name, MaximumManifestSize, cancellationToken).ConfigureAwait(false);
            if (cached is null)
            {
                return null;
            }

            (CatalogEntry? known, bool knownCounts) = Parse(cached, workload, place);
            if (knownCounts)
            {
                return known;
            }
        }
        catch (PortabilityException exception) when (IsDamage(exception))
        {
            observer.OnVerbose($"'{place.Name}' is read from the store again: {exception.Message}");
        }

        // The cache may have given other bytes than the store has.
        await store.ForgetAsync(place.Name, cancellationToken).ConfigureAwait(false);
        byte[]? bytes = await store.TryReadAllAsync(place.Name, MaximumManifestSize, cancellationToken).ConfigureAwait(false);
        if (bytes is null)
        {
            return null;
        }

        (CatalogEntry? entry, bool counts) = Parse(bytes, workload, place);
        if (!counts)
        {
            observer.OnWarning($"'{place.Name}' counts as absent: its signer, {FingerprintConverter.ToHex(SignedRecord.Parse(bytes).Signer)}, was not admitted for it.");
        }

        return entry;
    }

    private static int EndOfNumber(WorkloadListing listing, int first)
    {
        int end = first + 1;
        while (end < listing.Manifests.Count && listing.Manifests[end].Number == listing.Manifests[first].Number)
        {
            end++;
        }

        return end;
    }

    private static bool IsDamage(PortabilityException exception) => exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException;

    private async Task<T?> SelectAsync<T>(WorkloadListing listing, int first, int end, Func<CatalogEntry, T?> select, CancellationToken cancellationToken)
        where T : class => await ReadNumberAsync(listing, first, end, cancellationToken).ConfigureAwait(false) is { } entry ? select(entry) : null;

    // The names of one number, from first to end: the first that counts is the snapshot. Damage is told where none does: else it was repaired.
    private async Task<CatalogEntry?> ReadNumberAsync(WorkloadListing listing, int first, int end, CancellationToken cancellationToken)
    {
        var damaged = new List<(BlobName Name, PortabilityException Damage)>();
        for (int i = first; i < end; i++)
        {
            try
            {
                if (await TryReadAsync(listing.Workload, listing.Manifests[i], cancellationToken).ConfigureAwait(false) is { } entry)
                {
                    return entry;
                }
            }
            catch (PortabilityException exception) when (IsDamage(exception))
            {
                damaged.Add((listing.Manifests[i].Name, exception));
            }
        }

        foreach ((BlobName name, PortabilityException damage) in damaged)
        {
            observer.OnWarning($"'{name}' is passed over: {damage.Message} {damage.RecommendedAction}");
        }

        return null;
    }

    // A void counts and is no snapshot.
    private (CatalogEntry? Entry, bool Counts) Parse(byte[] bytes, Guid workload, (long Number, BlobName Name) place)
    {
        SignedRecord record = SignedRecord.Parse(bytes, place.Name.Value);
        if (record.Kind == RecordKind.Void)
        {
            return (null, true);
        }

        record.Require(RecordKind.Manifest, opened.Id);
        if (!opened.Trust.Counts(record, SignerRights.Capture, workload, place.Number))
        {
            return opened.Trust.FindSigner(record.Signer) is { } signer && !record.IsSignedBy(signer.Key)
                ? throw new IntegrityException(
                    "RecordDamaged",
                    $"Failed to read '{place.Name}': its signature does not fit its bytes.",
                    "Repair the repository from a mirror with Sync-WorkloadDelta.",
                    place.Name.Value)
                : (null, false);
        }

        SnapshotManifest manifest = SnapshotManifest.Read(record);
        if (manifest.Workload != workload || manifest.Number != place.Number)
        {
            throw new IntegrityException(
                "RecordExchanged",
                FormattableString.Invariant($"Failed to read '{place.Name}': it is snapshot {manifest.Number} of workload {manifest.Workload:D}."),
                "Repair the repository from a mirror with Sync-WorkloadDelta.",
                place.Name.Value);
        }

        opened.RequireTrust(manifest.Trust);
        return (new CatalogEntry(place.Name, record, manifest), true);
    }
}
