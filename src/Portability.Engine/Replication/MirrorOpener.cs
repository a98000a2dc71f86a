using Portability.Engine.Repositories;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;

namespace Portability.Engine.Replication;

/// <summary>Opens the destination of a sync; makes it a mirror where nothing is, and brings its trust records up to the origin's.</summary>
/// <remarks>FORMAT.md, section 15. Everything is taken from the chain that the origin's connection has verified, never from the store alone.</remarks>
internal static class MirrorOpener
{
    private const int MaximumSlotSize = 1 << 20;

    /// <summary>Opens the destination.</summary>
    /// <param name="origin">The origin, open and verified.</param>
    /// <param name="options">Where the destination is.</param>
    /// <param name="observer">Hears of what is remarkable.</param>
    /// <param name="cancellationToken">Cancels the call; what was put by then does no harm.</param>
    /// <exception cref="RepositoryException">`RepositoryMismatch`, `TrustRolledBack`, `TrustForked`.</exception>
    /// <exception cref="PortabilityException">The destination cannot be written or does not bear its trust.</exception>
    public static async Task<RepositoryConnection> OpenAsync(
        RepositoryConnection origin, SyncOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        IBlobStore store = StoreOpener.Open(options.Destination, create: true, origin.Environment);
        byte[]? configuration = await store.TryReadAllAsync(RepositoryNames.Configuration, RepositoryConfiguration.MaximumSize, cancellationToken).ConfigureAwait(false);
        if (configuration is not null)
        {
            RequireSame(origin, store.Location, RepositoryConfiguration.Parse(configuration, store.Location));
        }

        await CopyTrustAsync(origin, store, options.WithoutKey, cancellationToken).ConfigureAwait(false);
        var state = new MemberState(origin.Environment.StateDirectory, observer);
        await InstanceRecord.EnsureAsync(store, origin.Opened.Id, state, origin.Opened.Random, cancellationToken).ConfigureAwait(false);
        if (configuration is null)
        {
            byte[] own = await origin.Store.ReadAllAsync(RepositoryNames.Configuration, RepositoryConfiguration.MaximumSize, cancellationToken).ConfigureAwait(false);
            RequireSame(origin, origin.Store.Location, RepositoryConfiguration.Parse(own, origin.Store.Location));
            await store.PutIfAbsentAsync(RepositoryNames.Configuration, own, cancellationToken).ConfigureAwait(false);
        }

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
        return new RepositoryConnection(opened, origin.Environment);
    }

    private static void RequireSame(RepositoryConnection origin, string place, RepositoryConfiguration found)
    {
        if (found.Id != origin.Opened.Id)
        {
            throw new RepositoryException(
                "RepositoryMismatch",
                ErrorKind.InvalidInput,
                $"Failed to sync '{origin.Store.Location}' to '{place}': the one is repository {origin.Opened.Id:D}, the other {found.Id:D}.",
                "Give an empty directory or a mirror of this repository to Sync-WorkloadDelta -Destination.",
                place);
        }
    }

    private static async Task CopyTrustAsync(RepositoryConnection origin, IBlobStore store, bool withoutKey, CancellationToken cancellationToken)
    {
        TrustChain chain = origin.Opened.Trust;
        TrustChain there = await TrustReader.ReadAsync(store, TrustChain.Empty(origin.Opened.Configuration), cancellationToken).ConfigureAwait(false);
        long shared = Math.Min(chain.Number, there.Number);
        if (there.Number > chain.Number || (shared > 0 && chain.HashOf(shared) != there.HashOf(shared)))
        {
            bool longer = there.Number > chain.Number && (chain.Number == 0 || chain.Hash == there.HashOf(chain.Number));
            throw new RepositoryException(
                longer ? "TrustRolledBack" : "TrustForked",
                ErrorKind.Integrity,
                longer
                    ? FormattableString.Invariant($"Failed to sync to '{store.Location}': it has seen trust record {there.Number}, '{origin.Store.Location}' shows {chain.Number} only.")
                    : FormattableString.Invariant($"Failed to sync to '{store.Location}': its trust record {shared} is another one than that of '{origin.Store.Location}'."),
                "Find out which store was set back or exchanged; Sync-WorkloadDelta from the one with the newer trust records brings the other up.",
                store.Location);
        }

        if (!withoutKey)
        {
            // Slots before the records that name them: who reads the record finds the slot.
            foreach (TrustSlot slot in chain.Slots.Where(slot => !slot.IsRemoved))
            {
                await CopySlotAsync(origin, store, slot, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (SignedRecord record in chain.Records.Skip((int)there.Number))
        {
            BlobName name = record.Name is { } known && BlobName.TryParse(known, out BlobName parsed) ? parsed : RepositoryNames.Trust(chain.Records.IndexOf(record) + 1);
            await store.PutIfAbsentAsync(name, record.Bytes, cancellationToken).ConfigureAwait(false);
        }

        foreach (TrustSlot slot in chain.Slots.Where(slot => slot.IsRemoved))
        {
            await store.DeleteAsync(RepositoryNames.Slot(slot.Id), cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task CopySlotAsync(RepositoryConnection origin, IBlobStore store, TrustSlot slot, CancellationToken cancellationToken)
    {
        BlobName name = RepositoryNames.Slot(slot.Id);
        byte[]? bytes = await origin.Store.TryReadAllAsync(name, MaximumSlotSize, cancellationToken).ConfigureAwait(false);
        if (bytes is not null && RecordHash.Of(bytes) == slot.Hash)
        {
            await store.PutIfAbsentAsync(name, bytes, cancellationToken).ConfigureAwait(false);
        }
    }
}
