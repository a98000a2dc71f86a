using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.Maintenance;

/// <summary>One copy of an object, as a listing shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">The object.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Copy">Lease that put it again, or null for the maker's.</param>
/// <param name="Length">Its length in bytes.</param>
internal readonly record struct CensusEntry(BlobName Name, ObjectId Id, ObjectKind Kind, RecordId? Copy, long Length);
