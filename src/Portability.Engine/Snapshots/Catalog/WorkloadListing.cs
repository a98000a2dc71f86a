using Portability.Repository.Backends;

namespace Portability.Engine.Snapshots.Catalog;

/// <summary>What a listing shows of one workload, before any record is read.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Manifests">Names under which manifests may lie, with their numbers, ascending.</param>
/// <param name="Tombstones">Names of tombstones and merged tombstones.</param>
internal sealed record WorkloadListing(
    Guid Workload, IReadOnlyList<(long Number, BlobName Name)> Manifests, IReadOnlyList<BlobName> Tombstones);
