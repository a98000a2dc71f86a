using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.Maintenance;

/// <summary>Says that one pack holds all that lives in others, for the manifests it lists. Immutable.</summary>
/// <remarks>FORMAT.md, section 16.</remarks>
/// <param name="Name">Name of the record.</param>
/// <param name="New">The new pack.</param>
/// <param name="Old">The packs it takes the place of.</param>
/// <param name="CompleteFor">Hashes of the manifests for which it does.</param>
public sealed record Substitution(BlobName Name, WrittenObject New, IReadOnlySet<ObjectId> Old, IReadOnlySet<RecordHash> CompleteFor);
