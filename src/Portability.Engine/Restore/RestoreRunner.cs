using System.Runtime.ExceptionServices;
using Portability.Disks.Formats;
using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Snapshots.Capture;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Restore;

/// <summary>Restores the disks of one snapshot.</summary>
internal sealed class RestoreRunner
{
    // Beyond the data: tables and bitmaps of the image formats, and what the file system keeps for itself.
    private const long SpaceReserve = 16L << 20;

    // Each waits for the disk while others read, open and unpack.
    private const int WaitingWorkers = 2;

    private readonly DiskFormatRegistry registry = DiskFormatRegistry.CreateDefault();
    private readonly RepositoryConnection connection;
    private readonly CatalogEntry entry;
    private readonly RestoreOptions options;
    private readonly IOperationObserver observer;

    /// <summary>Initialises a runner; used once.</summary>
    /// <param name="connection">The repository, opened with a secret.</param>
    /// <param name="entry">The snapshot.</param>
    /// <param name="options">What and where to.</param>
    /// <param name="observer">Hears of progress.</param>
    public RestoreRunner(RepositoryConnection connection, CatalogEntry entry, RestoreOptions options, IOperationObserver observer)
    {
        this.connection = connection;
        this.entry = entry;
        this.options = options;
        this.observer = observer;
    }

    /// <summary>Restores.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">As <see cref="RestoreFacade.RestoreAsync"/>.</exception>
    public async Task<IReadOnlyList<RestoredDisk>> RunAsync(CancellationToken cancellationToken)
    {
        SnapshotDisk[] disks = Wanted();
        var meter = new ProgressMeter(observer, connection.Environment.Time, $"Restoring {entry.Manifest.Name}#{entry.Manifest.Number}");
        using SnapshotScope scope = SnapshotScope.Open(connection, entry.Manifest.Workload, connection.Opened.RequireKeyring());
        SnapshotReader reader = scope.Read(entry.Manifest);
        bool isDevice = DeviceTarget.IsDevice(options.DestinationPath);
        if (isDevice && disks.Length > 1)
        {
            throw Several(disks.Length);
        }

        if (!isDevice)
        {
            RefuseExisting(disks);
            DestinationFolder.Make(options.DestinationPath);
            PartialImages.RemoveLeftBehind(options.DestinationPath, connection.Environment.Time.GetUtcNow(), observer);
        }

        meter.SetStatus("counting");
        long stored = await StoredBytesAsync(reader, disks, cancellationToken).ConfigureAwait(false);
        meter.SetTotal(isDevice ? disks.Sum(disk => disk.Length) : stored);
        if (!isDevice)
        {
            CheckSpace(stored);
        }

        var targets = new List<IRestoreTarget>();
        var restored = new List<RestoredDisk>();
        try
        {
            foreach (SnapshotDisk disk in disks)
            {
                IRestoreTarget target = await OpenTargetAsync(disk, isDevice, cancellationToken).ConfigureAwait(false);
                targets.Add(target);
                restored.Add(await CopyAsync(reader, disk, target, meter, cancellationToken).ConfigureAwait(false));
            }

            foreach (IRestoreTarget target in targets)
            {
                await target.PublishAsync().ConfigureAwait(false);
            }

            return restored;
        }
        catch (Exception exception) when (FirstCause.Of(exception) is { } cause)
        {
            ExceptionDispatchInfo.Throw(cause);
            throw;
        }
        finally
        {
            foreach (IRestoreTarget target in targets)
            {
                await target.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private SnapshotDisk[] Wanted()
    {
        SnapshotDisk[] wanted =
        [
            .. entry.Manifest.Disks
                .Where(disk => options.Role is null || SnapshotSets.RoleOf(disk.Set) == options.Role)
                .Where(disk => options.DiskNumbers.Count == 0 || options.DiskNumbers.Contains(disk.Number))
                .OrderBy(disk => disk.Number),
        ];
        return wanted.Length > 0
            ? wanted
            : throw new RepositoryException(
                "DiskNotFound",
                ErrorKind.NotFound,
                FormattableString.Invariant($"Failed to restore '{entry.Manifest.Name}': none of the {entry.Manifest.Disks.Length} disks of snapshot {entry.Manifest.Number} is wanted."),
                "List the disks with Get-WorkloadSnapshot and look at Disks.",
                entry.Manifest.Name);
    }

    private string PathOf(SnapshotDisk disk) =>
        Path.Combine(options.DestinationPath, ImageFileName.Make(entry.Manifest.Name, disk.Number, options.Format));

    private void RefuseExisting(SnapshotDisk[] disks)
    {
        if (!options.Force && disks.Select(PathOf).FirstOrDefault(Path.Exists) is { } taken)
        {
            throw FilePublisher.Exists(taken);
        }
    }

    private async Task<IRestoreTarget> OpenTargetAsync(SnapshotDisk disk, bool isDevice, CancellationToken cancellationToken)
    {
        if (isDevice)
        {
            return await DeviceTarget.OpenAsync(options.DestinationPath, disk.Length, options.Force).ConfigureAwait(false);
        }

        // Only raw images can end inside a sector.
        int sector = disk.SectorSize;
        long length = options.Format == ImageFormat.Raw ? disk.Length : (disk.Length + sector - 1) / sector * sector;
        var create = new DiskCreateOptions
        {
            Length = length,
            LogicalSectorSize = sector,
            PhysicalSectorSize = disk.PhysicalSectorSize,
            UniqueId = connection.Opened.Random.NextGuid(),
            SubFormat = options.SubFormat,
            Created = connection.Environment.Time.GetUtcNow(),
        };
        return await ImageFileTarget.CreateAsync(registry, PathOf(disk), options.Format.ToString(), create, options.Force, cancellationToken).ConfigureAwait(false);
    }

    private async Task<RestoredDisk> CopyAsync(
        SnapshotReader reader, SnapshotDisk disk, IRestoreTarget target, ProgressMeter meter, CancellationToken cancellationToken)
    {
        TimeSpan before = meter.Elapsed;
        meter.SetStatus(FormattableString.Invariant($"disk {disk.Number}: {Path.GetFileName(target.Path)}"));
        var copier = new SnapshotCopier(reader, disk, target, connection.Environment.WorkerCount + WaitingWorkers, meter.Add);
        long written = await copier.RunAsync(cancellationToken).ConfigureAwait(false);
        long length = target is DeviceTarget ? disk.Length : target.Device.Length;
        await target.FlushAsync(cancellationToken).ConfigureAwait(false);
        return new RestoredDisk
        {
            Path = target.Path,
            Name = entry.Manifest.Name,
            Number = disk.Number,
            Role = SnapshotSets.RoleOf(disk.Set),
            Format = target is DeviceTarget ? ImageFormat.Raw : options.Format,
            Length = length,
            BytesWritten = written,
            SnapshotId = entry.Manifest.Snapshot,
            Sequence = entry.Manifest.Number,
            Duration = meter.Elapsed - before,
        };
    }

    private static async Task<long> StoredBytesAsync(SnapshotReader reader, SnapshotDisk[] disks, CancellationToken cancellationToken)
    {
        long bytes = 0;
        foreach (SnapshotDisk disk in disks)
        {
            await foreach ((_, long length) in reader.StoredRangesAsync(disk.Number, 0, disk.Length, cancellationToken).ConfigureAwait(false))
            {
                bytes += length;
            }
        }

        return bytes;
    }

    private void CheckSpace(long stored)
    {
        long free = new DriveInfo(options.DestinationPath).AvailableFreeSpace;
        if (free < stored + SpaceReserve)
        {
            throw new StorageException(
                "DestinationFull",
                ErrorKind.WriteFailed,
                FormattableString.Invariant(
                    $"Failed to restore to '{options.DestinationPath}': {ByteSize.Text(free)} are free ({free} bytes), {ByteSize.Text(stored + SpaceReserve)} are needed ({stored + SpaceReserve} bytes): {ByteSize.Text(stored)} of data, and {ByteSize.Text(SpaceReserve)} to spare for the tables of the images and of the file system."),
                FormattableString.Invariant($"Free {ByteSize.Text(stored + SpaceReserve - free)} there, give another -DestinationPath, or fewer disks with -DiskNumber."),
                options.DestinationPath);
        }
    }

    private StorageException Several(int count) => new(
        "OneDiskExpected",
        ErrorKind.InvalidInput,
        FormattableString.Invariant($"Failed to restore to '{options.DestinationPath}': a device takes one disk, {count} are wanted."),
        "Choose one with -DiskNumber.",
        options.DestinationPath);
}
