using Portability.Disks.Formats;
using Portability.Disks.Formats.Raw;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Engine.Workloads;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Snapshots.Capture;

/// <summary>Keeps a raw disk a raw disk when its guest makes it look like an image, which might name files of this machine as its own.</summary>
internal static class KnownRaw
{
    /// <summary>Marks the disks that are registered as raw, or were raw in the newest snapshot. Costs the store nothing where names and bytes agree.</summary>
    /// <param name="registry">Disk formats.</param>
    /// <param name="connection">The repository, opened with a secret.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="registered">Its registration, or null.</param>
    /// <param name="disks">Its disks.</param>
    /// <param name="observer">Hears of what is remarkable.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The disks in the same order.</returns>
    /// <exception cref="PortabilityException">A disk or a record cannot be read.</exception>
    public static async Task<IReadOnlyList<DiskSourceOptions>> MarkAsync(
        DiskFormatRegistry registry,
        RepositoryConnection connection,
        Guid workload,
        RegisteredWorkload? registered,
        IReadOnlyList<DiskSourceOptions> disks,
        IOperationObserver observer,
        CancellationToken cancellationToken)
    {
        var marked = new List<DiskSourceOptions>(disks.Count);
        HashSet<string>? raw = null;
        foreach (DiskSourceOptions disk in disks)
        {
            bool isKnownRaw = false;
            if (disk.Format.Length == 0 && await registry.IsDoubtfulAsync(disk.Path, cancellationToken).ConfigureAwait(false))
            {
                raw ??= await ListAsync(connection, workload, registered, observer, cancellationToken).ConfigureAwait(false);
                isKnownRaw = raw.Contains(Canonical(disk.Path));
            }

            marked.Add(disk with { IsKnownRaw = isKnownRaw });
        }

        return marked;
    }

    private static async Task<HashSet<string>> ListAsync(
        RepositoryConnection connection, Guid workload, RegisteredWorkload? registered, IOperationObserver observer, CancellationToken cancellationToken)
    {
        var catalog = new SnapshotCatalog(connection, observer);
        WorkloadListing listing = await catalog.ListAsync(workload, cancellationToken).ConfigureAwait(false);
        CatalogEntry? newest = await catalog.ReadNewestAsync(listing, cancellationToken).ConfigureAwait(false);
        SnapshotDiskDetails[] before = newest is null ? [] : SnapshotManifest.ReadDetails(newest.Record, connection.Opened.RequireKeyring()).Disks;
        return
        [
            .. before.Where(disk => IsRaw(disk.Format)).Select(disk => Canonical(disk.Path)),
            .. registered?.Registration.Disks.Where(disk => IsRaw(disk.Format)).Select(disk => Canonical(disk.Path)) ?? [],
        ];
    }

    private static bool IsRaw(string format) => string.Equals(format, RawFormat.FormatName, StringComparison.OrdinalIgnoreCase);

    private static string Canonical(string path) => path.Length == 0 ? path : LocalDiskFiles.Instance.GetCanonicalPath(LocalDiskFiles.Instance.GetFullPath(path, baseFile: null));
}
