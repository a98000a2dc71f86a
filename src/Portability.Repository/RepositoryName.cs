using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository;

/// <summary>The parts of a stored object's name; which are set depends on <see cref="Kind"/>.</summary>
public readonly record struct RepositoryName
{
    /// <summary>What the name is of.</summary>
    public RepositoryNameKind Kind { get; init; }

    /// <summary>Workload of registrations, homes, manifests, tombstones, forks and receipts.</summary>
    public Guid Workload { get; init; }

    /// <summary>
    /// Number of a trust record, format record, registration, manifest, tombstone, fork or receipt; counter of a home; beat of a lease;
    /// generation of a condemned list; number of an announcement; lowest number of merged tombstones.
    /// </summary>
    public long Number { get; init; }

    /// <summary>Highest number of merged tombstones; number within its generation of a condemned list.</summary>
    public long Last { get; init; }

    /// <summary>Object id of objects; that of the pack of substitutions and verified records.</summary>
    public ObjectId ObjectId { get; init; }

    /// <summary>Kind of an object.</summary>
    public ObjectKind ObjectKind { get; init; }

    /// <summary>Set of a pack; <see cref="BlockSet.None"/> for others, whose names do not tell.</summary>
    public BlockSet Set { get; init; }

    /// <summary>Copy of an object: null for the one that its maker put, else the lease it was put again under.</summary>
    public RecordId? Copy { get; init; }

    /// <summary>
    /// Lease of leases and announcements; slot of slots; record of substitutions and verified records; lease of a manifest whose plain name was
    /// taken; record of a trust record 1 whose plain name was taken; else null.
    /// </summary>
    public RecordId? Id { get; init; }

    /// <summary>Store where the tombstones of a fact count; else null.</summary>
    public Guid? Instance { get; init; }

    /// <summary>First 16 hex digits of the manifest's hash in a fork's name.</summary>
    public ulong ForkHash { get; init; }
}
