using Portability.Repository.Records;

namespace Portability.Repository.Snapshots;

/// <summary>Says that a snapshot was removed. Immutable.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Number">Its number.</param>
/// <param name="Hash">SHA-256 of its manifest; empty for a number without a snapshot.</param>
/// <param name="ParentHash">SHA-256 of the manifest before it.</param>
/// <param name="ParentNumber">Number of that one.</param>
public sealed record Tombstone(Guid Workload, long Number, RecordHash Hash, RecordHash ParentHash, long ParentNumber)
{
    internal static Tombstone From(TombstoneBody body) => new(body.Workload, body.Number, body.Hash, body.ParentHash, body.ParentNumber);
}
