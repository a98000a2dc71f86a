using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Leases;

/// <summary>
/// What a writer or reader holds while it relies on objects. It deletes nothing. Thread-safe; the signer stays the caller's. Disposal does
/// not end it: what was cut off ends by a collector's wait, what went well by <see cref="EndAsync"/>.
/// </summary>
/// <remarks>FORMAT.md, section 13, "A writer".</remarks>
public sealed class WriterLease : IDisposable
{
    /// <summary>How often a holder beats: a third of the 15 minutes after which a collector may shut it out.</summary>
    public static readonly TimeSpan BeatInterval = TimeSpan.FromMinutes(5);

    private readonly OpenRepository repository;
    private readonly RecordSigner signer;
    private readonly SemaphoreSlim beating = new(1, 1);
    private readonly LeaseReliance reliance;
    private LeaseState state;
    private volatile CondemnedLists condemned = CondemnedLists.None;

    private WriterLease(OpenRepository repository, RecordSigner signer, LeaseState state)
    {
        this.repository = repository;
        this.signer = signer;
        this.state = state;
        Id = state.Lease;
        reliance = new LeaseReliance(repository.Store, state.Lease);
    }

    /// <summary>Its id: owns what is put under it.</summary>
    public RecordId Id { get; }

    /// <summary>The condemned lists as the last look found them.</summary>
    public CondemnedLists Condemned => condemned;

    /// <summary>Puts a lease and then reads the condemned lists, in this order.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="signer">Signs the beats: a signer with any right, or the store's receipt key.</param>
    /// <param name="request">What it is held for.</param>
    /// <param name="cancellationToken">Gives up; the lease may be there or not.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task<WriterLease> OpenAsync(
        OpenRepository repository, RecordSigner signer, LeaseRequest request, CancellationToken cancellationToken)
    {
        var first = new LeaseState
        {
            Lease = RecordId.Draw(repository.Random),
            Beat = 0,
            Kind = request.Kind,
            Takes = request.Takes,
            Pins = request.Pins,
            Generation = 0,
            IsEnded = false,
            Holder = request.Holder,
            Signer = signer.Fingerprint,
        };
        var lease = new WriterLease(repository, signer, first);
        await lease.PutAsync(first, cancellationToken).ConfigureAwait(false);
        lease.condemned = await CondemnedLists.ReadAsync(repository, CondemnedLists.None, cancellationToken).ConfigureAwait(false);
        return lease;
    }

    /// <summary>Takes on what a snapshot before needs, once the caller has seen, after <see cref="OpenAsync"/>, that it stands without a tombstone.</summary>
    /// <param name="needed">Lists what its reference tree names; asked only if something was condemned.</param>
    public void RelyOnParent(Func<CancellationToken, IAsyncEnumerable<WrittenObject>> needed) => reliance.AddParent(needed);

    /// <summary>Takes on an object, if a copy of it stands that no list names.</summary>
    /// <param name="item">The object.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False if it cannot be relied on: then its content is stored anew.</returns>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<bool> TryRelyAsync(WrittenObject item, CancellationToken cancellationToken)
    {
        // Not beside a beat: an object that came in between its look and its note would never be looked after.
        await beating.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await reliance.TryAddAsync(item, condemned, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            beating.Release();
        }
    }

    /// <summary>
    /// Beats: reads the condemned lists, stores anew what it relied on and finds there, and only then notes their generation. Called at every
    /// <see cref="BeatInterval"/> and before the commit.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RepositoryLockedException">`LeaseShutOut`: a collector has given this holder up.</exception>
    /// <exception cref="PortabilityException">The store failed, or what it relied on is gone.</exception>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        await beating.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            CondemnedLists lists = await CondemnedLists.ReadAsync(repository, condemned, cancellationToken).ConfigureAwait(false);
            await reliance.RestoreAsync(lists, cancellationToken).ConfigureAwait(false);
            condemned = lists;
            await AdvanceAsync(state with { Beat = state.Beat + 1, Generation = Math.Max(state.Generation, lists.Generation) }, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            beating.Release();
        }
    }

    /// <summary>Beats at every interval until it is cancelled.</summary>
    /// <param name="cancellationToken">Ends the beating.</param>
    /// <exception cref="PortabilityException">A beat failed: the holder must stop.</exception>
    public async Task KeepAliveAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(BeatInterval, repository.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!cancellationToken.IsCancellationRequested)
            {
                await BeatAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Ends the lease by a record. Nothing it protected may be relied on afterwards.</summary>
    /// <param name="cancellationToken">Gives up; a collector will wait it out.</param>
    /// <exception cref="PortabilityException">The store failed, or it has been shut out.</exception>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await beating.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!state.IsEnded)
            {
                await AdvanceAsync(state with { Beat = state.Beat + 1, IsEnded = true }, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            beating.Release();
        }
    }

    /// <summary>Gives up what it holds here; the lease in the store stays as it is.</summary>
    public void Dispose() => beating.Dispose();

    private async Task AdvanceAsync(LeaseState next, CancellationToken cancellationToken)
    {
        bool last = false;
        bool later = false;
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.LeaseFolder(Id), cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.Lease)
            {
                last |= parts.Number == state.Beat;
                later |= parts.Number > state.Beat;
            }
        }

        if (!last || later)
        {
            throw ShutOut();
        }

        await PutAsync(next, cancellationToken).ConfigureAwait(false);
        state = next;
    }

    private async Task PutAsync(LeaseState next, CancellationToken cancellationToken)
    {
        SignedRecord record = next.Sign(signer);
        BlobName name = RepositoryNames.Lease(Id, next.Beat);
        if (await repository.Store.PutIfAbsentAsync(name, record.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Exists)
        {
            byte[]? stands = await repository.Store.TryReadAllAsync(name, 1 << 20, cancellationToken).ConfigureAwait(false);
            if (stands is null || !stands.AsSpan().SequenceEqual(record.Bytes.Span))
            {
                throw ShutOut();
            }
        }
    }

    private RepositoryLockedException ShutOut() => new(
        "LeaseShutOut",
        ErrorKind.Locked,
        $"Failed to go on in '{repository.Store.Location}': Optimize-WorkloadRepository gave this command up, since it did not answer for 15 minutes.",
        "Run the command again; nothing that was committed is lost.",
        repository.Store.Location);
}
