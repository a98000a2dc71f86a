using Portability.Engine.Repositories;
using Portability.Repository.Backends;
using Portability.Repository.Repositories;

namespace Portability.Engine.Replication;

/// <summary>Opens the destination of a sync; makes it a mirror where nothing is, and brings its trust records up to the origin's.</summary>
/// <remarks>FORMAT.md, section 15. Everything is taken from the chain that the origin's connection has verified, never from the store alone.</remarks>
internal static class MirrorOpener
{
    /// <summary>Opens the destination.</summary>
    /// <param name="origin">The origin, open and verified.</param>
    /// <param name="options">Where the destination is.</param>
    /// <param name="observer">Hears of what is remarkable.</param>
    /// <param name="cancellationToken">Cancels the call; what was put by then does no harm.</param>
    /// <exception cref="PortabilityException">As <see cref="RepositoryMirror.BringUpAsync"/>: `RepositoryMismatch`, `TrustRolledBack`, `TrustForked`, `TrustBroken`, `InstanceVanished`.</exception>
    /// <exception cref="RepositoryException">`MirrorIsOrigin`.</exception>
    /// <exception cref="PortabilityException">The destination cannot be written or does not bear its trust.</exception>
    public static async Task<RepositoryConnection> OpenAsync(
        RepositoryConnection origin, SyncOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        if (StoreOpener.IsSame(options.Destination, origin.Store.Location))
        {
            throw new RepositoryException(
                "MirrorIsOrigin",
                ErrorKind.InvalidInput,
                $"Failed to sync to '{options.Destination}': that is the repository itself.",
                "Give another folder, best on another disk, to Sync-WorkloadDelta -Destination.",
                options.Destination);
        }

        IBlobStore store = StoreOpener.Open(options.Destination, create: true, origin.Environment, out bool isLocal);
        await RepositoryMirror.BringUpAsync(origin.Opened, store, withSlots: !options.WithoutKey, cancellationToken).ConfigureAwait(false);
        var state = new MemberState(origin.Environment.StateDirectory, observer);
        await InstanceRecord.EnsureAsync(store, origin.Opened.Id, state, origin.Opened.Random, cancellationToken).ConfigureAwait(false);
        var opener = new RepositoryOpener(origin.Environment.Time, origin.Opened.Random, observer);
        using OpenRepository checkedFirst = await opener.OpenAsync(
            store, new OpenOptions { Fingerprint = origin.Opened.Trust.FirstOwner, State = state }, cancellationToken).ConfigureAwait(false);
        var opened = new OpenRepository(
            store,
            checkedFirst.Configuration,
            checkedFirst.Trust,
            origin.Environment.Time,
            origin.Opened.Random,
            origin.Opened.Keyring?.Copy(),
            state.GetOrCreateSigningKey(),
            checkedFirst.Instance,
            checkedFirst.Instance is null ? null : state.TryReadReceiptKey(checkedFirst.Instance.Id),
            state,
            origin.Opened.Recipient);
        return new RepositoryConnection(opened, origin.Environment) { IsLocal = isLocal };
    }
}
