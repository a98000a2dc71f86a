using Portability.Repository.Keys;
using Portability.Repository.Records;
using Portability.Repository.References;

namespace Portability.Repository.Snapshots;

/// <summary>The signed description of one snapshot. Immutable.</summary>
/// <remarks>FORMAT.md section 13. Parsing checks the form; whether its signer had the right is the trust chain's to say.</remarks>
public sealed record SnapshotManifest
{
    /// <summary>The workload.</summary>
    public required Guid Workload { get; init; }

    /// <summary>The workload's name, NFC.</summary>
    public required string Name { get; init; }

    /// <summary>Position in the workload's sequence, from 1.</summary>
    public required long Number { get; init; }

    /// <summary>Identifier of the snapshot.</summary>
    public required Guid Snapshot { get; init; }

    /// <summary>When the capture began, UTC.</summary>
    public required DateTime Created { get; init; }

    /// <summary>Number of the snapshot before, or 0.</summary>
    public long ParentNumber { get; init; }

    /// <summary>Identifier of the snapshot before, or null.</summary>
    public Guid? ParentSnapshot { get; init; }

    /// <summary>SHA-256 of the manifest before; empty for the first.</summary>
    public RecordHash ParentHash { get; init; }

    /// <summary>Newest trust record that the writer knew.</summary>
    public required long Trust { get; init; }

    /// <summary>Counter of the workload's home.</summary>
    public long HomeCounter { get; init; }

    /// <summary>Instance that is the workload's home.</summary>
    public required Guid HomeInstance { get; init; }

    /// <summary>Lease it was written under.</summary>
    public required RecordId Lease { get; init; }

    /// <summary>The user's words for it.</summary>
    public string[] Tags { get; init; } = [];

    /// <summary>Length in bytes of all disks.</summary>
    public required long LogicalBytes { get; init; }

    /// <summary>Bytes of the blocks that differ from the snapshot before.</summary>
    public required long ChangedBytes { get; init; }

    /// <summary>Bytes of the objects that were put for it.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>How long the capture took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Its disks, by number.</summary>
    public required SnapshotDisk[] Disks { get; init; }

    /// <summary>Root of its reference tree, or null where nothing is stored.</summary>
    public required ReferenceRoot? References { get; init; }

    /// <summary>Reads a manifest.</summary>
    /// <param name="record">The record, of kind <see cref="RecordKind.Manifest"/>.</param>
    /// <exception cref="InvalidFormatException">Its body breaks the format.</exception>
    public static SnapshotManifest Read(SignedRecord record) =>
        ManifestConversion.FromBody(record.ReadBody(ManifestJson.Default.ManifestBody), record.Name);

    /// <summary>Reads the sealed part of a manifest.</summary>
    /// <param name="record">The record, of kind <see cref="RecordKind.Manifest"/>.</param>
    /// <param name="keyring">Keys of the repository.</param>
    /// <exception cref="PortabilityException">It does not open, or breaks the format.</exception>
    public static SnapshotDetails ReadDetails(SignedRecord record, Keyring keyring) =>
        ManifestConversion.FromSealed(record.ReadSealed(keyring, ManifestJson.Default.ManifestSealedBody), record.Name);

    /// <summary>Signs the manifest. What was signed once is put again on a retry, never signed again.</summary>
    /// <param name="signer">Signs.</param>
    /// <param name="keyring">Keys that seal the details.</param>
    /// <param name="details">The sealed part.</param>
    public SignedRecord Sign(RecordSigner signer, Keyring keyring, SnapshotDetails details) => signer.Sign(
        RecordKind.Manifest,
        ManifestConversion.ToBody(this),
        ManifestJson.Default.ManifestBody,
        keyring,
        ManifestConversion.ToSealed(details),
        ManifestJson.Default.ManifestSealedBody);

    /// <summary>Finds a disk.</summary>
    /// <param name="number">Its number.</param>
    /// <exception cref="RepositoryException">`DiskNotFound`.</exception>
    public SnapshotDisk Disk(int number) => Array.Find(Disks, disk => disk.Number == number) ?? throw new RepositoryException(
        "DiskNotFound",
        ErrorKind.NotFound,
        FormattableString.Invariant($"Failed to open disk {number} of '{Name}': snapshot {Number} has {Disks.Length} disks."),
        "List the disks with Get-WorkloadSnapshot and look at Disks.",
        Name);
}
