using System.Runtime.CompilerServices;
using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.FileSystems;
using Portability.FileSystems.Tree;
using Portability.FileSystems.Volumes;

namespace Portability.Engine.Files;

/// <summary>Volumes and files of a machine's disks, straight out of images or a snapshot; nothing is mounted and nothing is written there. Thread-safe.</summary>
public sealed class FileFacade
{
    /// <summary>Lists the volumes.</summary>
    /// <param name="source">The machine's disks.</param>
    /// <param name="connection">Repository of the snapshot, opened with a secret; null for images.</param>
    /// <param name="observer">Hears of what is remarkable.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">A disk cannot be opened, or its partition table is damaged.</exception>
    public async IAsyncEnumerable<WorkloadVolume> ListVolumesAsync(
        GuestSource source, RepositoryConnection? connection, IOperationObserver observer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        GuestDisks disks = await GuestDisks.OpenAsync(source, connection, observer, cancellationToken).ConfigureAwait(false);
        await using (disks.ConfigureAwait(false))
        {
            GuestTree? machine = await GuestTree.FindAsync(disks.Volumes, exception => observer.OnVerbose(exception.Message), cancellationToken).ConfigureAwait(false);
            foreach (FoundVolume volume in disks.Volumes)
            {
                yield return await FileDescription.OfAsync(volume, source, MountPoint(machine, volume), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Lists files: those that a path names, and for a directory what it holds.</summary>
    /// <param name="source">The machine's disks.</param>
    /// <param name="connection">Repository of the snapshot, opened with a secret; null for images.</param>
    /// <param name="options">Which.</param>
    /// <param name="observer">Hears of what cannot be read.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">`FileNotFound`: a path without wildcards names nothing; `VolumeNotFound`.</exception>
    /// <exception cref="PortabilityException">A disk cannot be opened, or a volume is damaged.</exception>
    public async IAsyncEnumerable<WorkloadFile> ListAsync(
        GuestSource source, RepositoryConnection? connection, FileListOptions options, IOperationObserver observer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        GuestDisks disks = await GuestDisks.OpenAsync(source, connection, observer, cancellationToken).ConfigureAwait(false);
        await using (disks.ConfigureAwait(false))
        {
            IReadOnlyList<GuestTree> trees = await TreesAsync(disks, options.Volume, observer, cancellationToken).ConfigureAwait(false);
            var described = new Dictionary<FoundVolume, WorkloadVolume>();
            foreach (PathPattern pattern in options.Paths)
            {
                bool found = false;
                foreach (GuestTree tree in trees)
                {
                    var search = new FileSearch(tree, observer);
                    await foreach (TreeNode node in ListAsync(tree, search, pattern, options.Recurse, () => found = true, cancellationToken).ConfigureAwait(false))
                    {
                        if (!described.TryGetValue(node.Volume, out WorkloadVolume? volume))
                        {
                            string mountPoint = options.Volume?.MountPoint ?? MountPoint(tree, node.Volume);
                            volume = described[node.Volume] = await FileDescription.OfAsync(node.Volume, source, mountPoint, cancellationToken).ConfigureAwait(false);
                        }

                        yield return await FileDescription.OfAsync(node, volume, cancellationToken).ConfigureAwait(false);
                    }
                }

                RequireFound(pattern, found, disks);
            }
        }
    }

    /// <summary>Copies files out.</summary>
    /// <param name="source">The machine's disks.</param>
    /// <param name="connection">Repository of the snapshot, opened with a secret; null for images.</param>
    /// <param name="options">What and where to.</param>
    /// <param name="onCopied">Told of each file that has its name.</param>
    /// <param name="observer">Hears of progress and what is left out.</param>
    /// <param name="cancellationToken">Cancels the call; files that are whole stay, the one under way has no name.</param>
    /// <exception cref="PortabilityException">As <see cref="ListAsync(GuestSource, RepositoryConnection?, FileListOptions, IOperationObserver, CancellationToken)"/>; `FileExists`, or it cannot be written.</exception>
    public async Task CopyAsync(
        GuestSource source,
        RepositoryConnection? connection,
        FileCopyOptions options,
        Func<WorkloadFileCopy, CancellationToken, ValueTask> onCopied,
        IOperationObserver observer,
        CancellationToken cancellationToken)
    {
        GuestDisks disks = await GuestDisks.OpenAsync(source, connection, observer, cancellationToken).ConfigureAwait(false);
        await using (disks.ConfigureAwait(false))
        {
            IReadOnlyList<GuestTree> trees = await TreesAsync(disks, options.Files.Volume, observer, cancellationToken).ConfigureAwait(false);
            var meter = new ProgressMeter(observer, connection?.Environment.Time ?? TimeProvider.System, "Copying files");
            bool isMany = options.Files.Paths.Length > 1 || options.Files.Paths.Any(pattern => pattern.Rest.Count > 0);
            foreach (PathPattern pattern in options.Files.Paths)
            {
                bool found = false;
                foreach (GuestTree tree in trees)
                {
                    var copier = new FileCopier(tree, options, observer, meter, onCopied);
                    await foreach (TreeNode node in new FileSearch(tree, observer).MatchAsync(pattern, atAnyDepth: false, cancellationToken).ConfigureAwait(false))
                    {
                        found = true;
                        await copier.CopyAsync(node, isMany, cancellationToken).ConfigureAwait(false);
                    }
                }

                RequireFound(pattern, found, disks);
            }
        }
    }

    // As a shell lists: a directory that is named shows what it holds, and so does a link to one.
    private static async IAsyncEnumerable<TreeNode> ListAsync(
        GuestTree tree, FileSearch search, PathPattern pattern, bool recurse, Action onFound, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool isPlain = pattern.Rest.Count == 0;
        await foreach (TreeNode node in search.MatchAsync(pattern, recurse, cancellationToken).ConfigureAwait(false))
        {
            onFound();
            TreeNode? inner = isPlain ? await tree.TryResolveAsync(node.Path, cancellationToken).ConfigureAwait(false) : null;
            if (inner?.Node.Kind != NodeKind.Directory)
            {
                yield return node;
                continue;
            }

            await foreach (TreeNode below in search.BelowAsync(inner, recurse, cancellationToken).ConfigureAwait(false))
            {
                yield return below;
            }
        }
    }

    private static async Task<IReadOnlyList<GuestTree>> TreesAsync(GuestDisks disks, WorkloadVolume? volume, IOperationObserver observer, CancellationToken cancellationToken)
    {
        if (volume is null)
        {
            return await disks.TreesAsync(observer, cancellationToken).ConfigureAwait(false);
        }

        FoundVolume found = disks.Volumes.FirstOrDefault(item => item.Disk == volume.Disk && item.Offset == volume.Offset && string.Equals(item.LogicalName, volume.LogicalName, StringComparison.Ordinal)) ?? throw new StorageException(
            "VolumeNotFound",
            ErrorKind.NotFound,
            FormattableString.Invariant($"Failed to open volume {volume.Disk}:{volume.Number}: there is none at offset {volume.Offset} of disk {volume.Disk}."),
            "List what is there with Get-WorkloadVolume.",
            volume.ToString());
        return [GuestTree.Of(found)];
    }

    private static string MountPoint(GuestTree? tree, FoundVolume volume) =>
        tree is { IsMachine: true } ? tree.Mounts.Where(mount => mount.Value == volume).Select(mount => mount.Key).Order(StringComparer.Ordinal).FirstOrDefault() ?? string.Empty : string.Empty;

    private static void RequireFound(PathPattern pattern, bool found, GuestDisks disks)
    {
        if (found || pattern.Rest.Count > 0)
        {
            return;
        }

        string place = disks.Source.Snapshot?.ToString() ?? string.Join(", ", disks.Source.ImagePaths);
        string volumes = string.Join(", ", disks.Volumes.Where(volume => !volume.IsReadable && volume.Identity is not null).Select(volume => volume.Identity!.Type).Distinct(StringComparer.Ordinal));
        throw new StorageException(
            "FileNotFound",
            ErrorKind.NotFound,
            $"Failed to find '{pattern.Text}' in '{place}': there is no such file{(volumes.Length == 0 ? string.Empty : $" on a volume that can be read (there are also: {volumes})")}.",
            "List what is there with Get-WorkloadFile -Path /, and the volumes with Get-WorkloadVolume.",
            pattern.Text);
    }
}
