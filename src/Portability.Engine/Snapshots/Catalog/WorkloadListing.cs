using Portability.Repository.Backends;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Snapshots.Catalog;

/// <summary>What a listing shows of one workload, before any manifest is read.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Manifests">Names under which manifests may lie and that no tombstone covers, with their numbers, ascending.</param>
/// <param name="Sequence">All its numbers.</param>
internal sealed record WorkloadListing(Guid Workload, IReadOnlyList<(long Number, BlobName Name)> Manifests, SnapshotSequence Sequence)
{
    /// <summary>Highest number of any kind; 0 without any.</summary>
    public long Highest => Sequence.Highest;

    /// <summary>The listing of a workload whose tombstones were read.</summary>
    /// <param name="sequence">Its numbers.</param>
    public static WorkloadListing Of(SnapshotSequence sequence) => new(sequence.Workload, sequence.Names, sequence);
}
