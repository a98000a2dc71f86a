using Portability.Repository.Backends;
using Portability.Repository.Keys;
using Portability.Repository.Records;
using Portability.Repository.Signers;

namespace Portability.Repository.Repositories;

/// <summary>
/// Makes a store a mirror of a repository, or brings the trust records and slots of a mirror up to the origin's. Everything that is put comes
/// from the chain that the origin's connection verified. Killed at any point it can be run again.
/// </summary>
/// <remarks>FORMAT.md, sections 4, 8 and 15.</remarks>
public static class RepositoryMirror
{
    /// <summary>Brings a store up to the origin's configuration, trust records and slots; snapshots are the sync's.</summary>
    /// <param name="origin">The origin, open and verified; its chain is read anew first.</param>
    /// <param name="target">The store, empty or a mirror of the same repository.</param>
    /// <param name="withSlots">False to keep passphrase slots away from the store: who reads there brings the secret from elsewhere.</param>
    /// <param name="cancellationToken">Gives up; what was put by then does no harm.</param>
    /// <returns>The chain as it now stands at the store.</returns>
    /// <exception cref="RepositoryException">`RepositoryMismatch`: another repository stands there; `TrustRolledBack`, `TrustForked`: its trust records are newer or others; `InstanceVanished`: a mirror lay there, and nothing is there now.</exception>
    /// <exception cref="IntegrityException">`TrustBroken`: a trust record there does not verify.</exception>
    /// <exception cref="StorageException">A store cannot be read or written.</exception>
    public static async Task<TrustChain> BringUpAsync(OpenRepository origin, IBlobStore target, bool withSlots, CancellationToken cancellationToken)
    {
        TrustChain chain = await origin.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        bool isMirror = await IsMirrorAsync(origin.Configuration, target, cancellationToken).ConfigureAwait(false);
        TrustChain there = await TrustReader.ReadAsync(target, TrustChain.Empty(origin.Configuration), cancellationToken).ConfigureAwait(false);
        if (!isMirror && there.Number == 0)
        {
            origin.State?.RefuseVanished(target.Location, origin.Id);
        }

        if (withSlots)
        {
            await CopySlotsAsync(origin.Store, target, chain, cancellationToken).ConfigureAwait(false);
        }

        if (there.Number == 0)
        {
            await target.PutFirstTrustAsync(chain.Records[0], cancellationToken).ConfigureAwait(false);
        }

        if (!isMirror)
        {
            origin.State?.ForgetPlace(target.Location, origin.Id);
            await target.PutIfAbsentAsync(RepositoryNames.Configuration, origin.Configuration.Bytes, cancellationToken).ConfigureAwait(false);
            await IsMirrorAsync(origin.Configuration, target, cancellationToken).ConfigureAwait(false);
        }

        await CopyRecordsAsync(origin.Store, target, chain, cancellationToken).ConfigureAwait(false);
        await TrustSlots.SweepAsync(target, chain, cancellationToken).ConfigureAwait(false);
        return chain;
    }

    /// <summary>Tells whether a store holds this repository already; another one is refused, naming both.</summary>
    private static async Task<bool> IsMirrorAsync(RepositoryConfiguration configuration, IBlobStore target, CancellationToken cancellationToken)
    {
        byte[]? bytes = await target.TryReadAllAsync(RepositoryNames.Configuration, RepositoryConfiguration.MaximumSize, cancellationToken).ConfigureAwait(false);
        if (bytes is null)
        {
            return false;
        }

        RepositoryConfiguration found = RepositoryConfiguration.Parse(bytes, target.Location);
        return found.Hash == configuration.Hash
            ? true
            : throw new RepositoryException(
                "RepositoryMismatch",
                ErrorKind.InvalidInput,
                $"Failed to sync to '{target.Location}': repository {found.Id:D} stands there, not {configuration.Id:D}.",
                "Give an empty directory or a mirror of this repository to Sync-WorkloadDelta -Destination.",
                target.Location);
    }

    /// <summary>Puts the records that follow what stands there; one there that does not verify is damage, and is replaced by the right one.</summary>
    private static async Task CopyRecordsAsync(IBlobStore origin, IBlobStore target, TrustChain chain, CancellationToken cancellationToken)
    {
        TrustChain there = TrustChain.Empty(chain.Configuration);
        for (long repaired = 0; repaired <= chain.Number; repaired++)
        {
            there = await TrustReader.ReadAsync(target, there, cancellationToken).ConfigureAwait(false);
            RequirePrefix(chain, there, origin, target);
            if (there.Number == chain.Number)
            {
                return;
            }

            long number = there.Number + 1;
            SignedRecord record = chain.Records[(int)number - 1];
            bool put = await target.PutOrOwnAsync(RepositoryNames.Trust(number), record.Bytes, cancellationToken).ConfigureAwait(false);
            if (!put && there.End is { IsMissing: false })
            {
                await target.DeleteAsync(RepositoryNames.Trust(number), cancellationToken).ConfigureAwait(false);
                await target.PutIfAbsentAsync(RepositoryNames.Trust(number), record.Bytes, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static void RequirePrefix(TrustChain chain, TrustChain there, IBlobStore origin, IBlobStore target)
    {
        long shared = Math.Min(chain.Number, there.Number);
        if (chain.HashOf(shared) != there.HashOf(shared))
        {
            throw TrustErrors.Forked(target.Location, shared);
        }

        if (there.Number > chain.Number)
        {
            throw TrustErrors.RolledBack(origin.Location, chain.Number, there.Number);
        }

        if (there.End is { } end && there.Number == chain.Number)
        {
            throw TrustEditErrors.ChainEnded(end);
        }
    }

    /// <summary>Copies the slots that stand, each checked against the hash that a trust record holds; a damaged one there is replaced.</summary>
    private static async Task CopySlotsAsync(IBlobStore origin, IBlobStore target, TrustChain chain, CancellationToken cancellationToken)
    {
        foreach (TrustSlot slot in chain.Slots.Where(slot => !slot.IsRemoved))
        {
            BlobName name = RepositoryNames.Slot(slot.Id);
            byte[]? there = await TryReadSlotAsync(target, name, cancellationToken).ConfigureAwait(false);
            if (there is not null && RecordHash.Of(there) == slot.Hash)
            {
                continue;
            }

            byte[]? bytes = await TryReadSlotAsync(origin, name, cancellationToken).ConfigureAwait(false);
            if (bytes is null || RecordHash.Of(bytes) != slot.Hash)
            {
                continue; // An origin without slots, or a damaged one, has nothing to give: opening there says so.
            }

            await target.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
            await target.PutIfAbsentAsync(name, bytes, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<byte[]?> TryReadSlotAsync(IBlobStore store, BlobName name, CancellationToken cancellationToken)
    {
        try
        {
            return await store.TryReadAllAsync(name, KeySlot.MaximumSize, cancellationToken).ConfigureAwait(false);
        }
        catch (IntegrityException)
        {
            return []; // Longer than any slot: there, and not the one that is named.
        }
    }
}
