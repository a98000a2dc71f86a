using Portability.Repository.Backends;
using Portability.Repository.Keys;
using Portability.Repository.Leases;
using Portability.Repository.Locations;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Maintenance;

/// <summary>
/// Rewrites packs in which much is dead, within the rounds of a collection: its old packs are condemned with what is collected, all leases are
/// waited for, then what lives is marked and copied, and the collection's second mark frees the old packs. Killed anywhere it leaves
/// nothing that the next collection does not finish. One caller at a time.
/// </summary>
/// <remarks>FORMAT.md, section 16.</remarks>
internal sealed class Compactor : IDisposable
{
    private readonly OpenRepository repository;
    private readonly Keyring keyring;
    private readonly RecordSigner signer;
    private readonly CompactOptions options;
    private readonly IOperationObserver observer;
    private readonly string holder;
    private readonly MapNodeSource nodes;
    private readonly PackLocator locator;
    private readonly Queue<PackFamily> waiting = new();
    private readonly List<PackFamily> chosen = [];
    private bool surveyed;
    private WriterLease? lease;
    private long lastBeat;

    /// <summary>Initialises a compactor for one collection.</summary>
    /// <param name="repository">The repository, opened with keys.</param>
    /// <param name="options">Which packs are rewritten.</param>
    /// <param name="holder">Who it is, for people.</param>
    /// <param name="observer">Hears of progress.</param>
    /// <exception cref="RepositoryException">`KeyRequired`, `RecipientRemoved`, `SignerNotAdmitted`.</exception>
    public Compactor(OpenRepository repository, CompactOptions options, string holder, IOperationObserver observer)
    {
        this.repository = repository;
        this.options = options;
        this.holder = holder;
        this.observer = observer;
        keyring = repository.RequireNewestKeyring();
        signer = repository.RequireSigner(SignerRights.Compact);
        ObjectScope scope = Scope(Guid.Empty);
        nodes = new MapNodeSource(scope);
        locator = new PackLocator(repository, scope);
    }

    /// <summary>Packs that were rewritten.</summary>
    public long PacksRewritten { get; private set; }

    /// <summary>Bytes of the packs that were made of them.</summary>
    public long BytesRewritten { get; private set; }

    /// <summary>True if there is more to rewrite than was chosen.</summary>
    public bool HasMore => waiting.Count > 0;

    /// <summary>True from <see cref="ChooseAsync"/> to <see cref="EndAsync"/> where there is something to rewrite.</summary>
    public bool IsUnderWay => lease is not null;

    /// <summary>The lease that it holds.</summary>
    public RecordId? Lease => lease?.Id;

    /// <summary>Merges runs and covers packs anew, before a collection drops what is needless of them.</summary>
    /// <param name="live">What is needed, just marked.</param>
    /// <param name="coverage">Tells what runs cover.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The store failed, or the lease is lost.</exception>
    public Task TendRunsAsync(LiveObjects live, RunCoverage coverage, CancellationToken cancellationToken) =>
        new RunUpkeep(repository, signer, Scope(Guid.Empty), coverage, holder).RunAsync(live, cancellationToken);

    /// <summary>Chooses packs, and puts a lease if there are any.</summary>
    /// <param name="live">What is needed, just marked.</param>
    /// <param name="lists">What is condemned.</param>
    /// <param name="living">Leases that live: what they own is left alone, and of two compactors one is enough.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>All copies of the packs, to be condemned.</returns>
    /// <exception cref="PortabilityException">The store failed, or a reference tree is damaged.</exception>
    public async Task<IReadOnlyList<CensusEntry>> ChooseAsync(
        LiveObjects live, CondemnedLists lists, IReadOnlyList<LeaseState> living, CancellationToken cancellationToken)
    {
        chosen.Clear();
        if (living.Any(other => other.Kind == LeaseKind.Compact))
        {
            return [];
        }

        if (!surveyed)
        {
            observer.OnProgress(new OperationProgress("Compacting", "looking for packs in which much is dead", 0, -1));
            surveyed = true;
            foreach (PackFamily family in await new PackSurvey(repository, live, locator, options).TakeAsync(nodes, lists, cancellationToken).ConfigureAwait(false))
            {
                waiting.Enqueue(family);
            }
        }

        var copies = new List<CensusEntry>();
        HashSet<RecordId> owners = [.. living.Select(other => other.Lease)];
        for (long length = 0; length < options.RoundLength && waiting.TryDequeue(out PackFamily? family);)
        {
            List<CensusEntry> own = await CopiesAsync(family, cancellationToken).ConfigureAwait(false);
            if (!await IsOwnedAsync(own, owners, cancellationToken).ConfigureAwait(false))
            {
                copies.AddRange(own);
                chosen.Add(family);
                length += family.Length;
            }
        }

        if (chosen.Count > 0)
        {
            lease = await WriterLease.OpenAsync(repository, signer, new LeaseRequest { Kind = LeaseKind.Compact, Holder = holder }, cancellationToken).ConfigureAwait(false);
        }

        return copies;
    }

    /// <summary>Beats: a collector that waits for this one goes on.</summary>
    /// <exception cref="RepositoryLockedException">`WriterShutOut`.</exception>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        if (lease is not null)
        {
            await lease.BeatAsync(cancellationToken).ConfigureAwait(false);
            lastBeat = repository.Time.GetTimestamp();
        }
    }

    /// <summary>Copies what lives and puts substitutions; to be called when every lease has noted that the packs are condemned.</summary>
    /// <param name="live">What is needed, marked after that.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The store failed, or the lease is lost.</exception>
    public async Task RewriteAsync(LiveObjects live, CancellationToken cancellationToken)
    {
        var rewrite = new PackRewrite(repository, signer, lease!, options, Scope);
        await rewrite.RunAsync(chosen, live, nodes, BeatIfDueAsync, cancellationToken).ConfigureAwait(false);
        PacksRewritten += rewrite.PacksRewritten;
        BytesRewritten += rewrite.BytesRewritten;
    }

    /// <summary>Checks packs of several signers for each other.</summary>
    /// <param name="live">What is needed, just marked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The store failed, or a reference tree is damaged.</exception>
    public Task<long> VerifyAsync(LiveObjects live, CancellationToken cancellationToken) =>
        new PackVerifier(repository, signer, Scope, observer).RunAsync(live, cancellationToken);

    /// <summary>Ends the lease. One that could not be ended is waited out by a later collection.</summary>
    public async Task EndAsync()
    {
        if (lease is not null)
        {
            try
            {
                await lease.EndAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (StorageException exception)
            {
                observer.OnVerbose($"The lease {lease.Id} could not be ended: {exception.Message}");
            }

            lease.Dispose();
            lease = null;
        }
    }

    /// <summary>Forgets all keys.</summary>
    public void Dispose()
    {
        lease?.Dispose();
        nodes.Dispose();
        locator.Dispose();
    }

    private async ValueTask BeatIfDueAsync(string status, CancellationToken cancellationToken)
    {
        observer.OnProgress(new OperationProgress("Compacting", status, 0, -1));
        if (repository.Time.GetElapsedTime(lastBeat) >= WriterLease.BeatInterval)
        {
            await BeatAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private ObjectScope Scope(Guid sharedWithin) => new()
    {
        Repository = repository.Id,
        BlockSize = repository.Configuration.BlockSize,
        Objects = new StoredObjects(repository.Store),
        Keyring = keyring,
        SharedWithin = sharedWithin == Guid.Empty ? null : sharedWithin,
        PadPacks = repository.Configuration.PadPacks,
    };

    private async Task<List<CensusEntry>> CopiesAsync(PackFamily family, CancellationToken cancellationToken)
    {
        var copies = new List<CensusEntry>();
        foreach (WrittenObject pack in family.Packs)
        {
            await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.ObjectCopyPrefix(pack.Kind, pack.Set, pack.Id), cancellationToken).ConfigureAwait(false))
            {
                if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts))
                {
                    copies.Add(new CensusEntry(entry.Name, pack.Id, ObjectKind.Pack, parts.Copy, entry.Length));
                }
            }
        }

        return copies;
    }

    private async Task<bool> IsOwnedAsync(List<CensusEntry> copies, HashSet<RecordId> owners, CancellationToken cancellationToken)
    {
        foreach (CensusEntry copy in copies)
        {
            if (await CopyOwner.IsOneOfAsync(repository.Store, copy, owners, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }

        return false;
    }
}
