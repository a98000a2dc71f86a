namespace Portability.Repository.Leases;

/// <summary>A snapshot that a lease pins.</summary>
/// <param name="Workload">Its workload.</param>
/// <param name="Number">Its number.</param>
/// <param name="Snapshot">Its identifier.</param>
public readonly record struct PinnedSnapshot(Guid Workload, long Number, Guid Snapshot);
