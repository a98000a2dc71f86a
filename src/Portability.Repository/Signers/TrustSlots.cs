using Portability.Repository.Backends;
using Portability.Repository.Keys;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>Puts slots before the record that names them, and deletes those that a record removed.</summary>
public static class TrustSlots
{
    /// <summary>Deletes the slots that a chain removed; a slot that no record names stays, since its record may be on its way.</summary>
    /// <param name="store">The store.</param>
    /// <param name="chain">Its verified chain.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store cannot be written.</exception>
    public static async Task SweepAsync(IBlobStore store, TrustChain chain, CancellationToken cancellationToken)
    {
        HashSet<RecordId> removed = [.. chain.Slots.Where(slot => slot.IsRemoved).Select(slot => slot.Id)];
        if (removed.Count == 0)
        {
            return;
        }

        var found = new List<BlobName>();
        await foreach (BlobEntry entry in store.ListAsync(RepositoryNames.SlotPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Id is { } id && removed.Contains(id))
            {
                found.Add(entry.Name);
            }
        }

        foreach (BlobName name in found)
        {
            await store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        }
    }

    internal static async Task PutAsync(IBlobStore store, IEnumerable<KeySlot> slots, CancellationToken cancellationToken)
    {
        foreach (KeySlot slot in slots)
        {
            await store.PutIfAbsentAsync(RepositoryNames.Slot(slot.Id), slot.Bytes, cancellationToken).ConfigureAwait(false);
        }
    }
}
