using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Repository.Maintenance;

/// <summary>Looks at leases over and over, finds those that stand still, and shuts them out. One caller at a time.</summary>
/// <remarks>FORMAT.md, section 13, step 4 of a collector.</remarks>
internal sealed class LeaseWatch
{
    private readonly OpenRepository repository;
    private readonly RecordSigner signer;
    private readonly CollectOptions options;
    private readonly Dictionary<RecordId, long> firstBeats = [];
    private readonly HashSet<RecordId> shutOut = [];
    private readonly List<TemporaryBlob> temporaries = [];

    public LeaseWatch(OpenRepository repository, RecordSigner signer, CollectOptions options)
    {
        this.repository = repository;
        this.signer = signer;
        this.options = options;
        Waited = new WaitedTimes(repository.Time);
    }

    /// <summary>For how long each was seen to stand still.</summary>
    public WaitedTimes Waited { get; }

    /// <summary>The collector's own lease, which is neither waited for nor shut out; null if it has none.</summary>
    public RecordId? Own { get; set; }

    /// <summary>Leases of others that had not ended at the last look.</summary>
    public IReadOnlyList<LeaseState> Living { get; private set; } = [];

    /// <summary>How many were shut out.</summary>
    public int ShutOutCount => shutOut.Count;

    /// <summary>Those of which no beat has been seen since they were seen first.</summary>
    public IEnumerable<LeaseState> Unproven => Living.Where(lease => firstBeats.TryGetValue(lease.Lease, out long beat) && beat == lease.Beat);

    /// <summary>True if pieces of uploads lie there of which it cannot be told yet whether anybody writes them, though nobody holds a lease.</summary>
    public bool HasYoungTemporaries => Living.Count == 0 && temporaries.Exists(item => !IsDead(item));

    /// <summary>Tells whether a piece of an upload was seen to stand still for long enough, and its lease does not live.</summary>
    public bool IsDead(TemporaryBlob temporary)
    {
        bool owned = RecordId.TryParse(temporary.UploadId, out RecordId lease) && Living.Any(item => item.Lease == lease);
        TimeSpan enough = Living.Count == 0 && options.TemporaryPatience < options.Patience ? options.TemporaryPatience : options.Patience;
        return !owned && Waited.Temporaries.ContainsKey(temporary.Name) && Waited.Of(temporary.Name, temporary.Length) >= enough;
    }

    /// <summary>Looks at all leases, and shuts out those that stood still for too long.</summary>
    /// <param name="generation">The collector's generation, which voids name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task LookAsync(long generation, CancellationToken cancellationToken)
    {
        var living = new List<LeaseState>();
        LeaseState[] all = [.. (await LeaseDirectory.ListAsync(repository, cancellationToken).ConfigureAwait(false)).Where(lease => lease.Lease != Own)];
        temporaries.Clear();
        await foreach (TemporaryBlob temporary in repository.Store.ListTemporariesAsync(cancellationToken).ConfigureAwait(false))
        {
            temporaries.Add(temporary);
        }

        Waited.Look([.. all.Where(lease => !lease.IsEnded)], temporaries.ToDictionary(item => item.Name, item => item.Length, StringComparer.Ordinal));
        foreach (LeaseState lease in all.Where(lease => !lease.IsEnded && !shutOut.Contains(lease.Lease)))
        {
            firstBeats.TryAdd(lease.Lease, lease.Beat);
            bool gone = Waited.Of(lease) >= options.Patience || (options.IsDead?.Invoke(lease) ?? false);
            if (!gone || !await TryShutOutAsync(lease, generation, cancellationToken).ConfigureAwait(false))
            {
                living.Add(lease);
            }
        }

        Living = living;
    }

    /// <summary>Those that must note a generation before anything of it may be deleted, and have not. Nobody waits for pins: they count by what they name.</summary>
    /// <param name="watched">Leases that were there after the list was put.</param>
    /// <param name="generation">The generation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<List<LeaseState>> PendingAsync(IReadOnlyDictionary<RecordId, LeaseState> watched, long generation, CancellationToken cancellationToken)
    {
        var pending = new List<LeaseState>();
        Dictionary<RecordId, LeaseState> living = Living.ToDictionary(lease => lease.Lease);
        foreach (LeaseState lease in watched.Values.Where(lease => lease.Kind != LeaseKind.Pin && !shutOut.Contains(lease.Lease)))
        {
            if (living.TryGetValue(lease.Lease, out LeaseState? now))
            {
                if (now.Generation < generation)
                {
                    pending.Add(now);
                }
            }
            else if (await LeaseDirectory.ReadAsync(repository, lease.Lease, cancellationToken).ConfigureAwait(false) is not { } found)
            {
                // A lease ends by a record, never by absence. One of which another collector removed the ended record has committed or was shut out: then this puts nothing.
                await VoidAsync(lease, generation, cancellationToken).ConfigureAwait(false);
                shutOut.Add(lease.Lease);
            }
            else if (!found.IsEnded && found.Generation < generation)
            {
                pending.Add(found); // the look missed it
            }
        }

        return pending;
    }

    // False if the lease moved on meanwhile.
    private async Task<bool> TryShutOutAsync(LeaseState lease, long generation, CancellationToken cancellationToken)
    {
        await VoidAsync(lease, generation, cancellationToken).ConfigureAwait(false);
        LeaseState end = lease with { Beat = lease.Beat + 1, IsEnded = true, Signer = signer.Fingerprint };
        PutResult put = await repository.Store.PutIfAbsentAsync(RepositoryNames.Lease(lease.Lease, end.Beat), end.Sign(signer).Bytes, cancellationToken).ConfigureAwait(false);
        if (put == PutResult.Exists)
        {
            return false; // it may take another name by now
        }

        shutOut.Add(lease.Lease);
        return true;
    }

    // Whoever wanted to commit under this name cannot any more; if the name is taken, it has.
    private async Task VoidAsync(LeaseState lease, long generation, CancellationToken cancellationToken)
    {
        if (lease.Takes is { } name
            && RepositoryNames.TryParse(name, out RepositoryName parts)
            && parts.Kind is RepositoryNameKind.Manifest or RepositoryNameKind.Substitution)
        {
            var body = new VoidBody { Name = name.Value, Generation = generation };
            SignedRecord record = signer.Sign(RecordKind.Void, body, TombstoneJson.Default.VoidBody);
            await repository.Store.PutIfAbsentAsync(name, record.Bytes, cancellationToken).ConfigureAwait(false);
        }
    }
}
