using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Leases;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Replication;

/// <summary>Keeps the snapshots that are being sent from being taken away at the origin.</summary>
/// <remarks>FORMAT.md, section 13.</remarks>
internal static class OriginPin
{
    /// <summary>Pins snapshots of one workload, where this machine can write a lease there that counts.</summary>
    /// <param name="origin">The origin.</param>
    /// <param name="entries">The snapshots.</param>
    /// <param name="observer">Hears that the sync is not protected.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The lease; null where none could be put.</returns>
    /// <exception cref="RepositoryException">`SnapshotRemoved`: one was removed since it was listed.</exception>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public static async Task<HeldLease?> TryOpenAsync(
        RepositoryConnection origin, CatalogEntry[] entries, IOperationObserver observer, CancellationToken cancellationToken)
    {
        HeldLease held;
        try
        {
            if (WriterLease.FindSigner(origin.Opened) is not { } signer)
            {
                Tell(origin, observer, "this machine's signing key is not admitted there");
                return null;
            }

            var request = new LeaseRequest { Kind = LeaseKind.Pin, Pins = [.. entries.Select(entry => entry.Manifest.Snapshot)] };
            held = await HeldLease.OpenAsync(origin, signer, request, observer, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception) when (exception.Kind is ErrorKind.Denied or ErrorKind.WriteFailed)
        {
            Tell(origin, observer, "it cannot be written");
            return null;
        }

        try
        {
            // That they stand counts only when it is seen behind the lease.
            SnapshotSequence now = await SnapshotSequence.ReadAsync(origin.Opened, entries[0].Manifest.Workload, cancellationToken).ConfigureAwait(false);
            HashSet<long> standing = [.. now.Names.Select(item => item.Number)];
            CatalogEntry? gone = Array.Find(entries, entry => !standing.Contains(entry.Manifest.Number));
            return gone is null
                ? held
                : throw new RepositoryException(
                    "SnapshotRemoved",
                    ErrorKind.NotFound,
                    FormattableString.Invariant($"Failed to sync '{gone.Manifest.Name}#{gone.Manifest.Number}' from '{origin.Store.Location}': it was removed while the sync began."),
                    "Run Sync-WorkloadDelta again.",
                    gone.Manifest.Name,
                    isTransient: true);
        }
        catch
        {
            await held.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void Tell(RepositoryConnection origin, IOperationObserver observer, string fact) => observer.OnVerbose(
        $"Snapshots of '{origin.Store.Location}' are not protected against removal while they are sent, since {fact}.");
}
