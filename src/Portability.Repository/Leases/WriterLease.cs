using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.References;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Repository.Leases;

/// <summary>
/// What a writer (capture, sync at its destination, compaction) or a reader holds while it relies on objects that a collector might take
/// away. Thread-safe; the signer stays the caller's. Disposal does not end it: what was cut off ends by a collector's wait, what went well by
/// <see cref="EndAsync"/>.
/// </summary>
/// <remarks>FORMAT.md, section 13, "A writer"; the order of the steps is that of the model in the tests.</remarks>
public sealed class WriterLease : IDisposable
{
    /// <summary>How often a holder beats: far below the 15 minutes after which a collector may shut it out.</summary>
    public static readonly TimeSpan BeatInterval = TimeSpan.FromMinutes(1);

    private readonly OpenRepository repository;
    private readonly LeaseRequest request;
    private readonly LeaseBeats beats;
    private readonly Reliance reliance = new();
    private readonly SemaphoreSlim beating = new(1, 1);
    private bool checkAll;
    private volatile bool isCommitting;

    private WriterLease(OpenRepository repository, LeaseRequest request, LeaseBeats beats)
    {
        this.repository = repository;
        this.request = request;
        this.beats = beats;
        Id = beats.Current.Lease;
    }

    /// <summary>Its id: owns what is put under it.</summary>
    public RecordId Id { get; }

    /// <summary>The name whose put will be the next commit, or null. Nothing may be committed under another one: a collector bars this one when it gives the holder up.</summary>
    public BlobName? Takes => beats.Current.Takes;

    /// <summary>The condemned lists as the last look found them.</summary>
    public CondemnedLists Condemned => reliance.Lists;

    /// <summary>The key that this member's leases are signed with: its own if it has any right, else the store's. Null if no lease of it would count: then a reader is not protected against removal.</summary>
    /// <param name="repository">The repository.</param>
    public static RecordSigner? FindSigner(OpenRepository repository) =>
        repository.Signer is { } signer && repository.Trust.HasAnyRight(signer.Fingerprint) ? signer : repository.ReceiptSigner;

    /// <summary>Puts a lease and then reads the condemned lists, in this order.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="signer">Signs the beats: a signer with any right, or the store's receipt key.</param>
    /// <param name="request">What it is held for. What it pins the caller looks for afterwards: see <see cref="RequireStandsAsync"/>.</param>
    /// <param name="cancellationToken">Gives up; the lease may be there or not.</param>
    /// <exception cref="PortabilityException">The store failed, or a condemned list is damaged.</exception>
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
        var lease = new WriterLease(repository, request, new LeaseBeats(repository, signer, first));
        await lease.beats.PutAsync(generation: 0, ended: false, cancellationToken).ConfigureAwait(false);
        await lease.LookAsync(cancellationToken).ConfigureAwait(false);
        return lease;
    }

    /// <summary>Looks that a snapshot stands, which counts only after the lease that pins it was put.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RepositoryException">`SnapshotRemoved`.</exception>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task RequireStandsAsync(PinnedSnapshot snapshot, CancellationToken cancellationToken)
    {
        if (!await SnapshotSequence.StandsAsync(repository, snapshot.Workload, snapshot.Number, cancellationToken).ConfigureAwait(false))
        {
            throw LeaseErrors.SnapshotGone(snapshot, repository.Store.Location);
        }
    }

    /// <summary>
    /// Takes on what a snapshot needs, once the caller has seen, after <see cref="OpenAsync"/>, that it stands. What a condemned list names of it
    /// is put again at once.
    /// </summary>
    /// <param name="tree">Its reference tree.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The store failed, or what it needs is gone: nothing of it is relied on.</exception>
    public Task RelyOnAsync(ReferenceTree tree, CancellationToken cancellationToken) => RelyOnAsync(
        () =>
        {
            reliance.Add(tree);
            return () => reliance.Remove(tree);
        },
        cancellationToken);

    /// <summary>As the other one, for what a snapshot needs where substitutions say so.</summary>
    /// <param name="items">The objects.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The store failed, or what it needs is gone.</exception>
    public Task RelyOnAsync(IReadOnlyList<WrittenObject> items, CancellationToken cancellationToken) => RelyOnAsync(
        () =>
        {
            IReadOnlyList<ObjectId> added = reliance.Add(items);
            return () => reliance.Remove(added);
        },
        cancellationToken);

    /// <summary>Takes on an object, if a copy of it stands that no list names.</summary>
    /// <param name="item">The object.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False if it cannot be relied on: then its content is stored anew.</returns>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<bool> TryRelyAsync(WrittenObject item, CancellationToken cancellationToken)
    {
        while (!reliance.Holds(item.Id))
        {
            CondemnedLists seen = reliance.Lists;
            if (!await ObjectCopies.HasGoodAsync(repository.Store, item, seen, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            reliance.TryAdd(item, seen); // fails if a beat has read the lists meanwhile: then all is looked at again
        }

        return true;
    }

    /// <summary>Notes that the holder itself put a copy of an object under this lease, which no collector condemns while it lives.</summary>
    /// <param name="id">The object.</param>
    public void NoteOwn(ObjectId id) => reliance.AddOwn(id);

    /// <summary>
    /// Beats: reads the condemned lists, stores anew what it relied on and finds there, and only then notes their generation. Called at every
    /// <see cref="BeatInterval"/>.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RepositoryLockedException">`WriterShutOut`: a collector has given this holder up; `SnapshotNumberTaken`: another capture of the workload was faster.</exception>
    /// <exception cref="PortabilityException">The store failed, or what it relied on is gone.</exception>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        await beating.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await beats.VerifyAsync(cancellationToken).ConfigureAwait(false);
            if (request.Kind == LeaseKind.Capture && !isCommitting && Takes is { } name)
            {
                await SnapshotCommit.RequireFreeAsync(repository, name, cancellationToken).ConfigureAwait(false);
            }

            await LookAsync(cancellationToken).ConfigureAwait(false);
            await beats.PutAsync(Condemned.Highest, ended: false, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            beating.Release();
        }
    }

    /// <summary>The last look before the commit: as <see cref="BeatAsync"/>, with a beat only if there is a generation to note.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">As <see cref="BeatAsync"/>.</exception>
    public Task PrepareCommitAsync(CancellationToken cancellationToken) =>
        PrepareCommitAsync(Takes ?? throw new InvalidOperationException("The lease takes no name."), cancellationToken);

    /// <summary>The last look before a commit of several under one lease: as the other one, and the lease takes the name by a beat first.</summary>
    /// <param name="name">The name whose put is the commit.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">As <see cref="BeatAsync"/>.</exception>
    public async Task PrepareCommitAsync(BlobName name, CancellationToken cancellationToken)
    {
        await beating.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            isCommitting = true; // from now on the holder's own manifest may lie under the name
            await beats.VerifyAsync(cancellationToken).ConfigureAwait(false);
            await LookAsync(cancellationToken).ConfigureAwait(false);
            if (Condemned.Highest > beats.Current.Generation || Takes != name)
            {
                await beats.PutAsync(Condemned.Highest, ended: false, name, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            beating.Release();
        }
    }

    /// <summary>Beats at every interval until it is cancelled.</summary>
    /// <param name="cancellationToken">Ends the beating.</param>
    /// <exception cref="PortabilityException">A beat failed, and trying again does not help: the holder must stop.</exception>
    public async Task KeepAliveAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(BeatInterval, repository.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                if (!cancellationToken.IsCancellationRequested)
                {
                    await BeatAsync(cancellationToken).ConfigureAwait(false);
                }
            }
            catch (StorageException exception) when (exception.IsTransient)
            {
                // The next beat may get through; till then a collector waits, or shuts this holder out, which it will see.
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Ends the lease by a record, unless a collector did. Nothing it protected may be relied on afterwards.</summary>
    /// <param name="cancellationToken">Gives up; a collector will wait it out.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await beating.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!beats.Current.IsEnded)
            {
                await beats.EndAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            beating.Release();
        }
    }

    /// <summary>Gives up what it holds here; the lease in the store stays as it is.</summary>
    public void Dispose() => beating.Dispose();

    // What was added is taken back where it cannot be relied on: later looks would find it gone again.
    private async Task RelyOnAsync(Func<Action> add, CancellationToken cancellationToken)
    {
        await beating.WaitAsync(cancellationToken).ConfigureAwait(false);
        Action takeBack = add();
        try
        {
            checkAll = true;
            await CheckAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            takeBack();
            throw;
        }
        finally
        {
            beating.Release();
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (request.Kind == LeaseKind.Pin)
        {
            return; // pins count by what they name; nobody waits for their holders
        }

        CondemnedLists before = reliance.Lists;
        CondemnedLists now = await CondemnedLists.ReadAsync(repository, before, cancellationToken).ConfigureAwait(false);
        checkAll |= now.Standing.Except(before.Lists).Any();
        reliance.Publish(now);
        await CheckAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await StoreAgainAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IntegrityException)
        {
            await beats.VerifyAsync(cancellationToken).ConfigureAwait(false); // who was shut out meanwhile finds things gone, and nothing is damaged
            throw;
        }
    }

    private async Task StoreAgainAsync(CancellationToken cancellationToken)
    {
        if (!checkAll)
        {
            return;
        }

        CondemnedLists lists = reliance.Lists;
        var condemned = lists.Standing.SelectMany(list => list.Ids).ToHashSet();
        if (condemned.Count > 0)
        {
            await foreach (WrittenObject item in reliance.ConcernedAsync(condemned, cancellationToken).ConfigureAwait(false))
            {
                if (!reliance.IsOwn(item.Id) && !await ObjectCopies.HasGoodAsync(repository.Store, item, lists, cancellationToken).ConfigureAwait(false))
                {
                    await ObjectCopies.PutAgainAsync(repository.Store, item, Id, cancellationToken).ConfigureAwait(false);
                    reliance.AddOwn(item.Id);
                }
            }
        }

        checkAll = false;
    }
}
