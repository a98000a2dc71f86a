using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Snapshots.Catalog;

/// <summary>One snapshot that counts: its record as stored and what it says.</summary>
/// <param name="Name">Name of the manifest in the store.</param>
/// <param name="Record">The signed record.</param>
/// <param name="Manifest">Its body.</param>
internal sealed record CatalogEntry(BlobName Name, SignedRecord Record, SnapshotManifest Manifest);
