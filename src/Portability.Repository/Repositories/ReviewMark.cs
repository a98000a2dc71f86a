namespace Portability.Repository.Repositories;

/// <summary>Where the next review of a mirror goes on.</summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="Position">Objects of it that were read already.</param>
public readonly record struct ReviewMark(Guid Snapshot, long Position);
