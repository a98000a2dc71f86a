using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Snapshots;

/// <summary>Makes a snapshot visible: one put-if-absent of its manifest, after all that it names is durable.</summary>
/// <remarks>FORMAT.md, sections 13 and 17.</remarks>
public static class SnapshotCommit
{
    private const int MaximumManifestSize = 64 << 20;

    /// <summary>Commits a snapshot under the name that the lease takes.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="lease">The writer's lease; it beats once more before the put, and is not ended here.</param>
    /// <param name="manifest">What the manifest says.</param>
    /// <param name="record">The signed manifest; put again, never signed again.</param>
    /// <param name="cancellationToken">Gives up; up to the put nothing is visible.</param>
    /// <exception cref="RepositoryLockedException">`SnapshotNumberTaken`: another writer committed this number; `SnapshotShutOut`: a collector gave this writer up; `SnapshotRemoved`: it was removed at once.</exception>
    /// <exception cref="PortabilityException">The store failed, or what the lease relied on is gone.</exception>
    public static async Task CommitAsync(
        OpenRepository repository, WriterLease lease, SnapshotManifest manifest, SignedRecord record, CancellationToken cancellationToken)
    {
        await lease.BeatAsync(cancellationToken).ConfigureAwait(false);
        BlobName name = RepositoryNames.Manifest(manifest.Workload, manifest.Number);
        if (await repository.Store.PutIfAbsentAsync(name, record.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Exists)
        {
            byte[]? stands = await repository.Store.TryReadAllAsync(name, MaximumManifestSize, cancellationToken).ConfigureAwait(false);
            if (stands is null || !stands.AsSpan().SequenceEqual(record.Bytes.Span))
            {
                throw Lost(repository, manifest, stands);
            }
        }

        // First by its own name, then by a list: a single tombstone goes only after the merged one stands.
        if (await SnapshotSequence.TryReadTombstoneAsync(repository, manifest.Workload, manifest.Number, CancellationToken.None).ConfigureAwait(false) is not null
            || (await SnapshotSequence.ReadAsync(repository, manifest.Workload, CancellationToken.None).ConfigureAwait(false)).FindTombstone(manifest.Number) is not null)
        {
            throw new RepositoryLockedException(
                "SnapshotRemoved",
                ErrorKind.Locked,
                FormattableString.Invariant($"Failed to commit snapshot {manifest.Number} of '{manifest.Name}': its number was removed in the meantime."),
                "Run New-WorkloadSnapshot again; it takes the next number.",
                manifest.Name,
                isTransient: true);
        }

        if (repository is { State: { } state, Instance: { } instance })
        {
            state.NoteSeen(repository.Id, instance.Id, manifest.Workload, new SeenMark(manifest.Number, record.Hash));
        }
    }

    private static RepositoryLockedException Lost(OpenRepository repository, SnapshotManifest manifest, byte[]? stands)
    {
        bool isVoid = false;
        string other = "another writer";
        if (stands is not null)
        {
            try
            {
                SignedRecord found = SignedRecord.Parse(stands);
                isVoid = found.Kind == RecordKind.Void;
                other = repository.Trust.FindSigner(found.Signer)?.Name is { Length: > 0 } known ? $"'{known}'" : $"the signer {found.Signer}";
            }
            catch (InvalidFormatException)
            {
                other = "something that is no record";
            }
        }

        return isVoid
            ? new RepositoryLockedException(
                "SnapshotShutOut",
                ErrorKind.Locked,
                FormattableString.Invariant($"Failed to commit snapshot {manifest.Number} of '{manifest.Name}': Optimize-WorkloadRepository gave this capture up, since it did not answer for 15 minutes."),
                "Run New-WorkloadSnapshot again; nothing that was committed is lost.",
                manifest.Name,
                isTransient: true)
            : new RepositoryLockedException(
                "SnapshotNumberTaken",
                ErrorKind.Locked,
                FormattableString.Invariant($"Failed to commit snapshot {manifest.Number} of '{manifest.Name}': {other} captured this workload at the same time and committed first."),
                "Let one machine at a time capture a workload; run New-WorkloadSnapshot again if the snapshot that won is not enough.",
                manifest.Name);
    }
}
