using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.Leases;

/// <summary>One generation of condemned objects. Immutable.</summary>
/// <remarks>FORMAT.md, section 13.</remarks>
public sealed class CondemnedList
{
    internal CondemnedList(long generation, long lastRecord, RecordId? collector, bool isSwept, IReadOnlyDictionary<BlobName, ObjectId> objects)
    {
        Generation = generation;
        LastRecord = lastRecord;
        Collector = collector;
        IsSwept = isSwept;
        Objects = objects;
        Ids = objects.Values.ToHashSet();
    }

    /// <summary>Its generation.</summary>
    public long Generation { get; }

    /// <summary>Number of its newest record.</summary>
    public long LastRecord { get; }

    /// <summary>The collector that made it, or null where the list itself is gone or unreadable.</summary>
    public RecordId? Collector { get; }

    /// <summary>True once its collector deleted what it was going to.</summary>
    public bool IsSwept { get; }

    /// <summary>Copies that it names; none once it is swept.</summary>
    public IReadOnlyDictionary<BlobName, ObjectId> Objects { get; }

    /// <summary>The objects of which it names a copy.</summary>
    public IReadOnlySet<ObjectId> Ids { get; }
}
