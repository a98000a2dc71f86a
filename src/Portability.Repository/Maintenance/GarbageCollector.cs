using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Maintenance;

/// <summary>
/// Deletes what no snapshot needs, beside captures, syncs, restores and other collections. Needs no key: the right to compact, or the
/// store's receipt key. Killed anywhere it leaves nothing that the next one does not finish.
/// </summary>
/// <remarks>FORMAT.md, section 13, "A collector"; the order of the steps is that of the model in the tests.</remarks>
public sealed class GarbageCollector
{
    private const int MaximumRounds = 10_000;

    private readonly OpenRepository repository;
    private readonly RecordSigner signer;
    private readonly CollectOptions options;
    private readonly IOperationObserver observer;

    /// <summary>Initialises a collector.</summary>
    /// <param name="repository">The repository; stays the caller's.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="observer">Hears who is waited for.</param>
    /// <exception cref="RepositoryException">`SignerNotAdmitted`: neither the right to compact nor the store's key is here.</exception>
    public GarbageCollector(OpenRepository repository, CollectOptions options, IOperationObserver observer)
    {
        this.repository = repository;
        this.options = options;
        this.observer = observer;
        signer = repository.ReceiptSigner ?? repository.RequireSigner(SignerRights.Compact);
    }

    /// <summary>Collects until nothing is left to do, or until what is left waits for leases.</summary>
    /// <param name="cancellationToken">Stops; nothing is lost and nothing is in the way.</param>
    /// <exception cref="RepositoryException">`CannotCollect`: what a snapshot needs cannot be told.</exception>
    /// <exception cref="PortabilityException">The store failed.</exception>
    public async Task<CollectResult> RunAsync(CancellationToken cancellationToken)
    {
        if ((await repository.RefreshTrustAsync(cancellationToken).ConfigureAwait(false)).End is { } end)
        {
            throw new RepositoryException(
                "CannotCollect",
                ErrorKind.Integrity,
                $"Failed to collect in '{repository.Store.Location}': the trust records cannot be read to their end, at '{end.Name}' {end.Reason}.",
                "Repair the record from a mirror with Sync-WorkloadDelta.",
                repository.Store.Location);
        }

        using var run = new CollectionRun(repository, signer, options, observer);
        for (int round = 0; round < MaximumRounds && await run.RoundAsync(cancellationToken).ConfigureAwait(false); round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        await run.VerifyAsync(cancellationToken).ConfigureAwait(false);
        return run.ToResult();
    }
}
