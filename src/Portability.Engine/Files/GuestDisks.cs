using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Snapshots.Capture;
using Portability.Engine.Snapshots.Catalog;
using Portability.FileSystems.Tree;
using Portability.FileSystems.Volumes;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Files;

/// <summary>The disks of a machine, opened for reading, with the volumes found on them.</summary>
internal sealed class GuestDisks : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> owned = [];
    private readonly List<FoundVolume> volumes = [];

    private GuestDisks(GuestSource source) => Source = source;

    /// <summary>Where they come from.</summary>
    public GuestSource Source { get; }

    /// <summary>Volumes of all disks.</summary>
    public IReadOnlyList<FoundVolume> Volumes => volumes;

    /// <summary>Opens the disks of a source and finds their volumes.</summary>
    /// <param name="source">The source.</param>
    /// <param name="connection">Repository of the snapshot, opened with a secret; null for images.</param>
    /// <param name="observer">Hears of what is remarkable.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">A disk cannot be opened.</exception>
    public static async Task<GuestDisks> OpenAsync(GuestSource source, RepositoryConnection? connection, IOperationObserver observer, CancellationToken cancellationToken)
    {
        var disks = new GuestDisks(source);
        try
        {
            if (source.Snapshot is { } snapshot)
            {
                await disks.OpenSnapshotAsync(connection!, snapshot, observer, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await disks.OpenImagesAsync(observer, cancellationToken).ConfigureAwait(false);
            }

            disks.volumes.AddRange(await VolumeFinder.FindLogicalAsync(
                disks.volumes, FileSystemRegistry.CreateDefault(), exception => observer.OnWarning(exception.Message), cancellationToken).ConfigureAwait(false));
            return disks;
        }
        catch
        {
            await disks.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The trees of files: the machine's one, or, where its root is not found, one of each volume that can be read.</summary>
    /// <param name="observer">Hears of volumes that cannot be opened.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<IReadOnlyList<GuestTree>> TreesAsync(IOperationObserver observer, CancellationToken cancellationToken)
    {
        var usable = new List<FoundVolume>();
        foreach (FoundVolume volume in volumes.Where(volume => volume.IsReadable))
        {
            try
            {
                await volume.OpenAsync(cancellationToken).ConfigureAwait(false);
                usable.Add(volume);
            }
            catch (PortabilityException exception)
            {
                observer.OnWarning($"{exception.Message} {exception.RecommendedAction}");
            }
        }

        GuestTree? machine = await GuestTree.FindAsync(usable, exception => observer.OnWarning(exception.Message), cancellationToken).ConfigureAwait(false);
        return machine is not null ? [machine] : [.. usable.Select(GuestTree.Of)];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable item in Enumerable.Reverse(volumes).Concat(Enumerable.Reverse(owned)))
        {
            await item.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task OpenImagesAsync(IOperationObserver observer, CancellationToken cancellationToken)
    {
        for (int number = 0; number < Source.ImagePaths.Length; number++)
        {
            var options = new DiskOpenOptions
            {
                Format = Source.Format?.ToString(),
                ParentPaths = Source.ParentPaths,
                AllowInUse = Source.AllowInUse,
                Observer = observer,
            };
            IDiskImage image = await DiskFormatRegistry.CreateDefault().OpenAsync(Source.ImagePaths[number], options, cancellationToken).ConfigureAwait(false);
            owned.Add(image);
            await FindAsync(image, number, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task OpenSnapshotAsync(RepositoryConnection connection, WorkloadSnapshot snapshot, IOperationObserver observer, CancellationToken cancellationToken)
    {
        connection.Opened.RequireKeyring();
        CatalogEntry entry = await new SnapshotCatalog(connection, observer).GetAsync(snapshot.WorkloadId, snapshot.Sequence, snapshot.Id, cancellationToken).ConfigureAwait(false);
        HeldLease? pin = await SnapshotPin.TryOpenAsync(connection, entry, observer, cancellationToken).ConfigureAwait(false);
        if (pin is not null)
        {
            owned.Add(pin);
        }

        SnapshotScope scope = SnapshotScope.Open(connection, entry.Manifest.Workload, connection.Opened.RequireKeyring());
        owned.Add(new AsyncScope(scope));
        SnapshotReader reader = scope.Read(entry.Manifest);
        foreach (SnapshotDisk disk in entry.Manifest.Disks)
        {
            await FindAsync(new SnapshotBlockDevice(reader, disk.Number), disk.Number, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task FindAsync(IBlockDevice disk, int number, CancellationToken cancellationToken) =>
        volumes.AddRange(await VolumeFinder.FindAsync(disk, number, FileSystemRegistry.CreateDefault(), cancellationToken).ConfigureAwait(false));

    private sealed class AsyncScope(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
