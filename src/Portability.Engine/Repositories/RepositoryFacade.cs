using Portability.Core.Crypto;
using Portability.Engine.Operations;
using Portability.Repository.Backends;
using Portability.Repository.Maintenance;
using Portability.Repository.Repositories;

namespace Portability.Engine.Repositories;

/// <summary>Makes, connects and describes repositories and their keys. Thread-safe.</summary>
public sealed class RepositoryFacade
{
    private readonly EngineEnvironment environment;

    /// <summary>Initialises the facade.</summary>
    /// <param name="environment">State directory, clock and user.</param>
    public RepositoryFacade(EngineEnvironment environment) => this.environment = environment;

    /// <summary>Makes a repository and connects it; this machine's key becomes its first signer with every right.</summary>
    /// <param name="options">Where, and who reads and owns it.</param>
    /// <param name="observer">Hears that there is one owner only.</param>
    /// <param name="cancellationToken">Cancels the call; what was put by then does not count.</param>
    /// <returns>The connection; the caller disposes it.</returns>
    /// <exception cref="PortabilityException">`RepositoryExists`, `RecipientRequired`, `OwnerPassphraseRequired`, `PassphraseEmpty`, `BlockSizeInvalid`, or the store cannot be written.</exception>
    public async Task<RepositoryConnection> CreateAsync(NewRepositoryOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        IBlobStore store = StoreOpener.Open(options.Path, create: true, environment);
        EngineSecret[] secrets = options.SecondSecret is null ? [options.Secret] : [options.Secret, options.SecondSecret];
        var create = new CreateOptions
        {
            Passphrase = Array.Find(secrets, secret => secret.Passphrase is not null)?.Passphrase,
            Certificate = Array.Find(secrets, secret => secret.Certificate is not null)?.Certificate is { } certificate ? RecipientPublicKey.FromCertificate(certificate) : null,
            CertificateName = Array.Find(secrets, secret => secret.Certificate is not null)?.Certificate?.Subject is { Length: > 0 } subject ? subject : "certificate",
            OwnerPassphrase = options.OwnerPassphrase?.Passphrase,
            OwnerName = environment.UserName,
            SignerName = environment.UserName,
            BlockSize = options.BlockSize,
            DedupScope = options.DeduplicateByWorkload ? DedupScope.Workload : DedupScope.Repository,
            PadPacks = options.PadPacks,
            DerivationTime = options.DerivationTime,
        };
        OpenRepository opened = await new RepositoryCreator(environment.Time, environment.Random)
            .CreateAsync(store, create, State(observer), cancellationToken).ConfigureAwait(false);
        observer.OnWarning("The repository has one owner. Add a second with Add-WorkloadRepositoryKey -Owner, so that its keys can still be changed when the first is lost.");
        return new RepositoryConnection(opened, environment);
    }

    /// <summary>Connects a repository; without a secret to list, verify and sync.</summary>
    /// <param name="options">Which, and with what.</param>
    /// <param name="observer">Hears of what is remarkable.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The connection; the caller disposes it.</returns>
    /// <exception cref="PortabilityException">`RepositoryNotFound`, `OwnerNotPinned`, `OwnerChanged`, `WrongSecret`, `TrustRolledBack` and what else its trust does not bear.</exception>
    public async Task<RepositoryConnection> ConnectAsync(ConnectRepositoryOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        IBlobStore store = StoreOpener.Open(options.Path, create: false, environment);
        KeyFingerprint? pin = RepositoryKeys.ParseFingerprint(options.Fingerprint, options.Path);
        try
        {
            return await OpenAsync(store, options, pin, observer, cancellationToken).ConfigureAwait(false);
        }
        catch (RepositoryException exception) when (exception.ErrorId is "OwnerNotPinned" && options.ConfirmOwner is not null)
        {
            KeyFingerprint owner = await RepositoryOpener.ReadOwnerAsync(store, cancellationToken).ConfigureAwait(false);
            if (!await options.ConfirmOwner(owner.ToString(), cancellationToken).ConfigureAwait(false))
            {
                throw;
            }

            return await OpenAsync(store, options, owner, observer, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads newer trust records and describes the repository as it stands now.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">`TrustRolledBack`, or the store cannot be read.</exception>
    public async Task<WorkloadRepository> GetAsync(RepositoryConnection connection, CancellationToken cancellationToken)
    {
        await connection.Opened.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        return connection.Repository;
    }

    /// <summary>Lists recipients, signers and owners, those that were taken away included.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public async Task<IReadOnlyList<WorkloadRepositoryKey>> GetKeysAsync(RepositoryConnection connection, CancellationToken cancellationToken)
    {
        await connection.Opened.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        return await RepositoryKeys.ListAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Adds a recipient, signer or owner. No data is rewritten.</summary>
    /// <param name="connection">The connection; opened with a secret unless a signer is added.</param>
    /// <param name="options">Which key.</param>
    /// <param name="cancellationToken">Cancels the call; the key is added or not.</param>
    /// <exception cref="PortabilityException">`WrongSecret`, `KeyRequired`, `SignerNotAdmitted`, `RecipientExists`, `KeyNameTaken`, `PassphraseEmpty`, `RightsInvalid`, `KeyInvalid`.</exception>
    public Task<WorkloadRepositoryKey> AddKeyAsync(RepositoryConnection connection, AddKeyOptions options, CancellationToken cancellationToken) =>
        RepositoryKeys.AddAsync(connection, options, cancellationToken);

    /// <summary>Takes a key away. What was sealed before stays open to whoever kept the old key; the observer is told.</summary>
    /// <param name="connection">The connection; opened with a secret unless a signer is removed.</param>
    /// <param name="options">Which key.</param>
    /// <param name="observer">Hears what stays open.</param>
    /// <param name="cancellationToken">Cancels the call; the key is removed or not.</param>
    /// <exception cref="PortabilityException">`WrongSecret`, `KeyRequired`, `KeyNotFound`, `LastRecipient`, `LastOwner`, `LastSigner`.</exception>
    public Task RemoveKeyAsync(RepositoryConnection connection, RemoveKeyOptions options, IOperationObserver observer, CancellationToken cancellationToken) =>
        RepositoryKeys.RemoveAsync(connection, options, observer, cancellationToken);

    /// <summary>Changes a passphrase: a new recipient in the place of the old one, in one record and a new epoch.</summary>
    /// <param name="connection">The connection, opened with a secret.</param>
    /// <param name="options">Old and new passphrase.</param>
    /// <param name="observer">Hears what stays open.</param>
    /// <param name="cancellationToken">Cancels the call; the passphrase is changed or not.</param>
    /// <exception cref="PortabilityException">`WrongSecret`, `KeyRequired`, `PassphraseEmpty`.</exception>
    public Task<WorkloadRepositoryKey> ChangePassphraseAsync(
        RepositoryConnection connection, ChangePassphraseOptions options, IOperationObserver observer, CancellationToken cancellationToken) =>
        RepositoryKeys.ChangePassphraseAsync(connection, options, observer, cancellationToken);

    /// <summary>
    /// Deletes what no snapshot needs, and with a key rewrites packs in which much is dead, beside captures and restores. Stopped anywhere it does
    /// no harm; the next run goes on.
    /// </summary>
    /// <param name="connection">The connection; without a key nothing is rewritten; the right to compact or the store's own key is.</param>
    /// <param name="options">How long writers are waited for.</param>
    /// <param name="observer">Hears who is waited for.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">`SignerNotAdmitted`, `CannotCollect`, or the store cannot be read or written.</exception>
    public async Task<OptimizeResult> OptimizeAsync(
        RepositoryConnection connection, OptimizeOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        long started = environment.Time.GetTimestamp();
        var collect = new CollectOptions
        {
            Patience = options.Patience,
            WaitLimit = options.WaitLimit,
            IsDead = lease => LeaseHolder.IsDead(lease.Holder),
            Compact = options.RewritePacks && CanCompact(connection.Opened) ? options.Compact : null,
            Holder = LeaseHolder.Describe(),
        };
        CollectResult collected = await new GarbageCollector(connection.Opened, collect, observer).RunAsync(cancellationToken).ConfigureAwait(false);
        return new OptimizeResult
        {
            RepositoryId = connection.Opened.Id,
            RepositoryPath = connection.Store.Location,
            BytesFreed = collected.BytesFreed,
            ObjectsDeleted = collected.ObjectsDeleted,
            ObjectsWaiting = collected.ObjectsWaiting,
            BytesWaiting = collected.BytesWaiting,
            PacksRewritten = collected.PacksRewritten,
            BytesRewritten = collected.BytesRewritten,
            WritersShutOut = collected.WritersShutOut,
            StoredBytes = collected.StoredBytes,
            Duration = environment.Time.GetElapsedTime(started),
        };
    }

    private static bool CanCompact(OpenRepository opened) =>
        opened.Signer is { } signer && opened.Trust.HasRight(signer.Fingerprint, SignerRights.Compact) && opened.Keyring?.Epoch == opened.Trust.Epoch;

    private MemberState State(IOperationObserver observer) => new(environment.StateDirectory, observer);

    private async Task<RepositoryConnection> OpenAsync(
        IBlobStore store, ConnectRepositoryOptions options, KeyFingerprint? pin, IOperationObserver observer, CancellationToken cancellationToken)
    {
        MemberState state = State(observer);
        var open = new OpenOptions
        {
            Passphrase = options.Secret?.Passphrase,
            Recipient = options.Secret?.Certificate is { } certificate ? RecipientPrivateKey.FromCertificate(certificate) : null,
            Fingerprint = pin,
            State = state,
        };
        OpenRepository opened = await new RepositoryOpener(environment.Time, environment.Random, observer).OpenAsync(store, open, cancellationToken).ConfigureAwait(false);
        return new RepositoryConnection(opened, environment);
    }
}
