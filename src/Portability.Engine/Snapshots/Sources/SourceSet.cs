using Portability.Core.Native;
using Portability.Disks.Formats;

namespace Portability.Engine.Snapshots.Sources;

/// <summary>All disks of a workload, open at once: they are captured together or not at all.</summary>
internal sealed class SourceSet : IAsyncDisposable
{
    private readonly DiskFormatRegistry registry;

    private SourceSet(DiskFormatRegistry registry, IReadOnlyList<SourceDisk> disks)
    {
        this.registry = registry;
        Disks = disks;
    }

    /// <summary>The disks in the order of their numbers, boot disks first.</summary>
    public IReadOnlyList<SourceDisk> Disks { get; }

    /// <summary>Sizes of the disks as the guest sees them, bytes in all.</summary>
    public long LogicalBytes => Disks.Sum(disk => disk.Image.Length);

    /// <summary>How the machine starts, judged by its boot disks.</summary>
    public FirmwareKind Firmware => SourceRoles.FirmwareOf(Disks.Where(disk => disk.Role == DiskRole.Boot).Select(disk => disk.Table));

    /// <summary>Opens disks, tests that none is in use, and gives them roles and numbers.</summary>
    /// <param name="registry">Formats.</param>
    /// <param name="wanted">The disks, at least one.</param>
    /// <param name="allowInUse">True to look at metadata of disks that other programs have open.</param>
    /// <param name="observer">Where what is remarkable is reported.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">A disk is in use, given twice or cannot be read.</exception>
    public static async Task<SourceSet> OpenAsync(
        DiskFormatRegistry registry, IReadOnlyList<DiskSourceOptions> wanted, bool allowInUse, IOperationObserver observer, CancellationToken cancellationToken)
    {
        if (wanted.Count == 0)
        {
            throw new ArgumentException("At least one disk is needed.", nameof(wanted));
        }

        var opened = new List<SourceDisk>(wanted.Count);
        try
        {
            foreach (DiskSourceOptions disk in wanted)
            {
                // A device is held alone, against a second look here too; an image of several files tells them when it is open.
                RefuseTwice(opened, disk, [Path.GetFullPath(disk.Path)]);
                SourceDisk source = await SourceDisk.OpenAsync(registry, disk, allowInUse, observer, cancellationToken).ConfigureAwait(false);
                try
                {
                    RefuseTwice(opened, disk, source.Image.Files);
                }
                finally
                {
                    opened.Add(source);
                }
            }

            if (wanted.FirstOrDefault(disk => disk.ParentPath.Length > 0) is { } given && opened.TrueForAll(disk => disk.Image.Parent is null))
            {
                observer.OnWarning($"'{given.ParentPath}' is not looked at for parents: no disk has one.");
            }

            return new SourceSet(registry, SourceRoles.Number(opened));
        }
        catch
        {
            foreach (SourceDisk disk in opened)
            {
                await disk.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>Looks at every source again.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">`SourceChanged`, `SourceVanished`, `DiskInUse`.</exception>
    public async Task CheckUnchangedAsync(CancellationToken cancellationToken)
    {
        foreach (SourceDisk disk in Disks)
        {
            IReadOnlyList<LayerState> now;
            try
            {
                // A device is held alone all the time, against this second look too.
                bool isHeld = NativeStorage.Current.IsBlockDevice(disk.Image.Path ?? disk.Wanted.Path);
                IDiskImage again = await registry.OpenAsync(
                    disk.Wanted.Path, SourceDisk.OpenOptions(disk.Wanted, isHeld, SilentObserver.Instance), cancellationToken).ConfigureAwait(false);
                await using (again.ConfigureAwait(false))
                {
                    now = SourceDisk.LayersOf(again);
                }
            }
            catch (StorageException exception) when (exception.Kind == ErrorKind.NotFound)
            {
                throw LayerState.Vanished(disk.Wanted.Path, exception);
            }
            catch (InvalidFormatException exception)
            {
                throw Changed(disk.Wanted.Path, exception.Message, exception);
            }

            for (int i = 0; i < Math.Max(now.Count, disk.Layers.Count); i++)
            {
                LayerState? before = i < disk.Layers.Count ? disk.Layers[i] : null;
                LayerState? after = i < now.Count ? now[i] : null;
                if (before != after)
                {
                    throw Changed((before ?? after)!.Path, Difference(before, after), null);
                }
            }
        }
    }

    /// <summary>Closes all disks.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (SourceDisk disk in Disks)
        {
            await disk.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static void RefuseTwice(List<SourceDisk> opened, DiskSourceOptions added, IReadOnlyList<string> files)
    {
        SourceDisk? twin = opened.Find(other => other.Image.Files.Any(file => files.Any(again => NativeStorage.Current.IsSameFile(file, again))));
        if (twin is null)
        {
            return;
        }

        string names = string.Equals(twin.Wanted.Path, added.Path, StringComparison.Ordinal) ? string.Empty : $": it is '{twin.Wanted.Path}' too";
        throw new StorageException(
            "DiskGivenTwice",
            ErrorKind.InvalidInput,
            $"Failed to open '{added.Path}': it is given as two disks of one workload{names}.",
            "Name each disk once, in -BootDiskPath or in -DataDiskPath.",
            added.Path);
    }

    private static string Difference(LayerState? before, LayerState? after)
    {
        if (before is null || after is null)
        {
            return "its chain of images is another one";
        }

        if (before.FileLength != after.FileLength)
        {
            return FormattableString.Invariant($"it had {before.FileLength} bytes when the capture began and has {after.FileLength} now");
        }

        return before.Modified != after.Modified ? "it was written while it was read" : "its header is another one";
    }

    private static StorageException Changed(string path, string fact, Exception? cause) => new(
        "SourceChanged",
        ErrorKind.Locked,
        $"Failed to capture '{path}': {fact.TrimEnd('.')}; nothing was committed.",
        "Stop what writes to the disk, or capture a checkpoint of it, then run New-WorkloadSnapshot again.",
        path,
        isTransient: true,
        cause);
}
