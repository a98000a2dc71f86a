using Portability.Repository.Backends;

namespace Portability.Repository.Leases;

/// <summary>One generation of condemned objects, as its first record gives it. Immutable.</summary>
/// <param name="Generation">The generation.</param>
/// <param name="Collector">Who made it.</param>
/// <param name="Objects">Names with their copies.</param>
public sealed record CondemnedList(long Generation, string Collector, IReadOnlySet<BlobName> Objects);
