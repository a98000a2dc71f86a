using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Snapshots.Catalog;

namespace Portability.Engine.Restore;

/// <summary>Writes snapshots as disk images or onto devices. Thread-safe.</summary>
public sealed class RestoreFacade
{
    /// <summary>Tells whether a restore to a path overwrites a block device, and does not make files in a folder.</summary>
    /// <param name="path">Full path.</param>
    public static bool Overwrites(string path) => DeviceTarget.IsDevice(path);

    /// <summary>
    /// Restores disks of a snapshot, verified while they are written. Images get their names when all of them are whole; cut off before, nothing
    /// has a final name.
    /// </summary>
    /// <param name="connection">The repository, opened with a secret.</param>
    /// <param name="options">What and where to.</param>
    /// <param name="observer">Hears of progress.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>One for each disk, in the order of their numbers.</returns>
    /// <exception cref="PortabilityException">
    /// `KeyRequired`, `SnapshotNotFound`, `FileExists`, `DestinationNotAFolder`, `DestinationUnusable`, `DestinationFull`, `DeviceTooSmall`, a damaged block (named), or writing failed.
    /// </exception>
    public async Task<IReadOnlyList<RestoredDisk>> RestoreAsync(
        RepositoryConnection connection, RestoreOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        connection.Opened.RequireKeyring();
        await connection.Opened.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        CatalogEntry entry = await new SnapshotCatalog(connection, observer)
            .GetAsync(options.Snapshot.WorkloadId, options.Snapshot.Sequence, options.Snapshot.Id, cancellationToken).ConfigureAwait(false);
        HeldLease? pin = await SnapshotPin.TryOpenAsync(connection, entry, observer, cancellationToken).ConfigureAwait(false);
        var runner = new RestoreRunner(connection, entry, options, observer);
        if (pin is null)
        {
            return await runner.RunAsync(cancellationToken).ConfigureAwait(false);
        }

        await using (pin.ConfigureAwait(false))
        {
            return await pin.RunAsync(runner.RunAsync).ConfigureAwait(false);
        }
    }
}
