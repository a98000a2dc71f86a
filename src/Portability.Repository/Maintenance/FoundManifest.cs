using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Snapshots;

namespace Portability.Repository.Maintenance;

/// <summary>A manifest as it lies in the store.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Hash">SHA-256 of it.</param>
/// <param name="Manifest">What it says; only what a collector needs.</param>
/// <param name="Counts">True if its signer had the right.</param>
/// <param name="Signer">Fingerprint of the key it says it was signed with.</param>
internal sealed record FoundManifest(BlobName Name, RecordHash Hash, SnapshotManifest Manifest, bool Counts, KeyFingerprint Signer);
