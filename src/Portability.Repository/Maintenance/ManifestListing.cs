using Portability.Repository.Backends;

namespace Portability.Repository.Maintenance;

/// <summary>Names under which manifests or voids lie, as one look shows them.</summary>
/// <param name="Standing">Those that no tombstone covers.</param>
/// <param name="Removed">Those that one covers.</param>
internal sealed record ManifestListing(IReadOnlyList<BlobName> Standing, IReadOnlyList<BlobName> Removed);
