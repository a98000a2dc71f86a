using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Workloads;

namespace Portability.Engine.Snapshots;

/// <summary>Where a workload is at home: the one store that takes its captures.</summary>
/// <remarks>FORMAT.md, section 15.</remarks>
internal static class WorkloadHome
{
    /// <summary>Refuses a capture at a store that is not the workload's home.</summary>
    /// <param name="connection">The store.</param>
    /// <param name="newest">The workload's newest snapshot there, or null: without a home record this store becomes the home then.</param>
    /// <param name="moved">The workload's newest home record, or null.</param>
    /// <exception cref="RepositoryException">`NotHome`.</exception>
    public static void Require(RepositoryConnection connection, CatalogEntry? newest, HomeRecord? moved)
    {
        Guid here = connection.Opened.Instance?.Id ?? Guid.Empty;
        Guid home = moved?.Instance ?? newest?.Manifest.HomeInstance ?? here;
        if (home != here)
        {
            string name = newest?.Manifest.Name ?? moved!.Workload.ToString("D");
            throw new RepositoryException(
                "NotHome",
                ErrorKind.Denied,
                $"Failed to capture '{name}' into '{connection.Store.Location}': this is a mirror, the workload is at home in store {home:D}.",
                "Capture into the repository that it is at home in, and send it here with Sync-WorkloadDelta.",
                name);
        }
    }
}
