using System.Runtime.CompilerServices;
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
    private readonly IOperationObserver observer;

    /// <summary>Initialises a catalog.</summary>
    /// <param name="connection">The repository.</param>
    /// <param name="observer">Hears of records that do not count.</param>
    public SnapshotCatalog(RepositoryConnection connection, IOperationObserver observer)
    {
        opened = connection.Opened;
        this.observer = observer;
    }

    /// <summary>Lists all workloads that have numbers.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public async IAsyncEnumerable<WorkloadListing> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A listing is ordered by name, so that a workload's names follow each other: one listing tells the workloads, and their plain
        // manifests; only where other records lie is the workload read by itself.
        var plain = new List<(long Number, BlobName Name)>();
        bool isPlain = true;
        Guid current = Guid.Empty;
        await foreach (BlobEntry entry in opened.Store.ListAsync(RepositoryNames.SnapshotPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (!RepositoryNames.TryParse(entry.Name, out RepositoryName parts))
            {
                continue;
            }

            if (parts.Workload != current && current != Guid.Empty)
            {
                yield return await FinishAsync(current, isPlain, plain, cancellationToken).ConfigureAwait(false);
                plain = [];
                isPlain = true;
            }

            current = parts.Workload;
            isPlain &= parts.Kind == RepositoryNameKind.Manifest;
            plain.Add((parts.Number, entry.Name));
        }

        if (current != Guid.Empty)
        {
            yield return await FinishAsync(current, isPlain, plain, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Lists one workload.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public async Task<WorkloadListing> ListAsync(Guid workload, CancellationToken cancellationToken) =>
        WorkloadListing.Of(await SnapshotSequence.ReadAsync(opened, workload, cancellationToken).ConfigureAwait(false));

    /// <summary>Reads the snapshots of a listing, ascending by number.</summary>
    /// <param name="listing">The listing.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read, or a record is damaged.</exception>
    public async IAsyncEnumerable<CatalogEntry> ReadAsync(WorkloadListing listing, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reading = new Queue<Task<CatalogEntry?>>();
        int next = 0;
        try
        {
            while (reading.Count > 0 || next < listing.Manifests.Count)
            {
                while (reading.Count < ReadsAtOnce && next < listing.Manifests.Count)
                {
                    reading.Enqueue(TryReadAsync(listing.Workload, listing.Manifests[next], cancellationToken));
                    next++;
                }

                CatalogEntry? entry = await reading.Dequeue().ConfigureAwait(false);
                if (entry is not null)
                {
                    yield return entry;
                }
            }
        }
        finally
        {
            foreach (Task<CatalogEntry?> left in reading)
            {
                await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Reads the newest snapshot of a listing.</summary>
    /// <param name="listing">The listing.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The snapshot, or null if none counts.</returns>
    /// <exception cref="PortabilityException">The store cannot be read, or the record is damaged.</exception>
    public async Task<CatalogEntry?> ReadNewestAsync(WorkloadListing listing, CancellationToken cancellationToken)
    {
        for (int i = listing.Manifests.Count - 1; i >= 0; i--)
        {
            if (await TryReadAsync(listing.Workload, listing.Manifests[i], cancellationToken).ConfigureAwait(false) is { } entry)
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
        foreach ((long Number, BlobName Name) place in listing.Manifests.Where(place => place.Number == number))
        {
            if (await TryReadAsync(workload, place, cancellationToken).ConfigureAwait(false) is { } entry && entry.Manifest.Snapshot == snapshot)
            {
                return entry;
            }
        }

        throw new RepositoryException(
            "SnapshotNotFound",
            ErrorKind.NotFound,
            FormattableString.Invariant($"Failed to open snapshot {number} ({snapshot:D}) in '{opened.Store.Location}': it is not there any more."),
            "List what is there with Get-WorkloadSnapshot.",
            snapshot.ToString("D"));
    }

    private async Task<WorkloadListing> FinishAsync(
        Guid workload, bool isPlain, List<(long Number, BlobName Name)> plain, CancellationToken cancellationToken) => isPlain
        ? new WorkloadListing(workload, [.. plain.OrderBy(place => place.Number)], plain.Max(place => place.Number))
        : await ListAsync(workload, cancellationToken).ConfigureAwait(false);

    private async Task<CatalogEntry?> TryReadAsync(Guid workload, (long Number, BlobName Name) place, CancellationToken cancellationToken)
    {
        byte[]? bytes = await opened.Store.TryReadAllAsync(place.Name, MaximumManifestSize, cancellationToken).ConfigureAwait(false);
        if (bytes is null)
        {
            return null;
        }

        SignedRecord record = SignedRecord.Parse(bytes, place.Name.Value);
        if (record.Kind == RecordKind.Void)
        {
            return null;
        }

        record.Require(RecordKind.Manifest, opened.Id);
        if (!opened.Trust.Counts(record, SignerRights.Capture, workload, place.Number))
        {
            observer.OnWarning($"'{place.Name}' counts as absent: its signer was not admitted for it, or its signature is wrong.");
            return null;
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
        return new CatalogEntry(place.Name, record, manifest);
    }
}
