using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Leases;
using Portability.Repository.Records;

namespace Portability.Engine.Snapshots;

/// <summary>Keeps a snapshot from being taken away while it is read.</summary>
/// <remarks>FORMAT.md, section 13: a pinned snapshot counts as live, and who would remove it is told who holds it.</remarks>
internal static class SnapshotPin
{
    /// <summary>Pins a snapshot, where this machine can write a lease that counts.</summary>
    /// <param name="connection">The repository.</param>
    /// <param name="entry">The snapshot.</param>
    /// <param name="observer">Hears that a reader without write access is not protected.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The lease; null where none could be put.</returns>
    /// <exception cref="RepositoryException">`SnapshotRemoved`.</exception>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public static async Task<HeldLease?> TryOpenAsync(
        RepositoryConnection connection, CatalogEntry entry, IOperationObserver observer, CancellationToken cancellationToken)
    {
        RecordSigner? signer = WriterLease.FindSigner(connection.Opened);
        if (signer is null)
        {
            Tell(observer, entry, "this machine's signing key is not admitted");
            return null;
        }

        HeldLease held;
        try
        {
            var request = new LeaseRequest { Kind = LeaseKind.Pin, Pins = [entry.Manifest.Snapshot] };
            held = await HeldLease.OpenAsync(connection, signer, request, observer, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception) when (exception.Kind is ErrorKind.Denied or ErrorKind.WriteFailed)
        {
            Tell(observer, entry, "the store cannot be written");
            return null;
        }

        try
        {
            var pinned = new PinnedSnapshot(entry.Manifest.Workload, entry.Manifest.Number, entry.Manifest.Snapshot);
            await held.Lease.RequireStandsAsync(pinned, cancellationToken).ConfigureAwait(false);
            return held;
        }
        catch
        {
            await held.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void Tell(IOperationObserver observer, CatalogEntry entry, string fact) => observer.OnWarning(FormattableString.Invariant(
        $"Reading '{entry.Manifest.Name}#{entry.Manifest.Number}' is not protected against its removal, since {fact}."));
}
