using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;

namespace Portability.Engine.Snapshots;

/// <summary>Where a workload is at home: the one store that takes its captures.</summary>
/// <remarks>FORMAT.md, section 15.</remarks>
internal static class WorkloadHome
{
    /// <summary>Refuses a capture at a store that is not the workload's home.</summary>
    /// <param name="connection">The store.</param>
    /// <param name="newest">The workload's newest snapshot there, or null: then this store becomes the home.</param>
    /// <exception cref="RepositoryException">`NotHome`.</exception>
    public static void Require(RepositoryConnection connection, CatalogEntry? newest)
    {
        Guid here = connection.Opened.Instance?.Id ?? Guid.Empty;
        if (newest is not null && newest.Manifest.HomeInstance != here)
        {
            throw new RepositoryException(
                "NotHome",
                ErrorKind.Denied,
                $"Failed to capture '{newest.Manifest.Name}' into '{connection.Store.Location}': this is a mirror, the workload is at home in store {newest.Manifest.HomeInstance:D}.",
                "Capture into the repository that it is at home in, and send it here with Sync-WorkloadDelta.",
                newest.Manifest.Name);
        }
    }
}
