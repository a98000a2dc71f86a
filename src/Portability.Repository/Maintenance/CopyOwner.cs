using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.Maintenance;

/// <summary>Tells whose a copy is.</summary>
/// <remarks>FORMAT.md, section 3: a lease owns the copies named by it, and of copy 0 those whose header carries it.</remarks>
internal static class CopyOwner
{
    /// <summary>True if one of some leases owns a copy.</summary>
    /// <param name="store">Where it lies.</param>
    /// <param name="copy">The copy.</param>
    /// <param name="owners">The leases.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task<bool> IsOneOfAsync(IBlobStore store, CensusEntry copy, HashSet<RecordId> owners, CancellationToken cancellationToken)
    {
        if (owners.Count == 0)
        {
            return false;
        }

        if (copy.Copy is { } lease)
        {
            return owners.Contains(lease);
        }

        byte[] header = new byte[ObjectHeader.Size];
        try
        {
            int count = await store.GetAsync(copy.Name, 0, header, cancellationToken).ConfigureAwait(false);
            return count == header.Length && owners.Contains(ObjectHeader.Read(header, copy.Name.Value).Lease);
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException or StorageException { ErrorId: "ObjectNotFound" })
        {
            return false; // nobody puts such an object
        }
    }
}
