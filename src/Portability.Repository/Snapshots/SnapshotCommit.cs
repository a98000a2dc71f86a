using System.Globalization;
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
    /// <param name="lease">The writer's lease, which takes the manifest's name; it is not ended here.</param>
    /// <param name="manifest">What the manifest says.</param>
    /// <param name="record">The signed manifest; put again, never signed again.</param>
    /// <param name="cancellationToken">Gives up; up to the put nothing is visible.</param>
    /// <exception cref="RepositoryLockedException">`SnapshotNumberTaken`: another writer committed this number; `WriterShutOut`: a collector gave this writer up; `SnapshotRemoved`: it was removed at once.</exception>
    /// <exception cref="PortabilityException">The store failed, or what the lease relied on is gone.</exception>
    public static async Task CommitAsync(
        OpenRepository repository, WriterLease lease, SnapshotManifest manifest, SignedRecord record, CancellationToken cancellationToken)
    {
        BlobName name = lease.Takes ?? throw new ArgumentException("The lease takes no name.", nameof(lease));
        await lease.PrepareCommitAsync(cancellationToken).ConfigureAwait(false);
        if (await repository.Store.PutIfAbsentAsync(name, record.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Exists)
        {
            byte[]? stands = await repository.Store.TryReadAllAsync(name, MaximumManifestSize, cancellationToken).ConfigureAwait(false);
            if (stands is null || !stands.AsSpan().SequenceEqual(record.Bytes.Span))
            {
                throw Lost(repository, name, stands);
            }
        }

        if (await SnapshotSequence.FindTombstoneAsync(repository, manifest.Workload, manifest.Number, CancellationToken.None).ConfigureAwait(false) is { } tombstone)
        {
            throw new RepositoryLockedException(
                "SnapshotRemoved",
                ErrorKind.Locked,
                FormattableString.Invariant($"Failed to commit snapshot {manifest.Number} of '{manifest.Name}': {(tombstone.Hash == record.Hash ? "it was removed in the same moment" : "its number was used and removed in the meantime")}."),
                "Run New-WorkloadSnapshot again; it takes the next number.",
                manifest.Name,
                isTransient: true);
        }

        if (repository is { State: { } state, Instance: { } instance })
        {
            state.NoteSeen(repository.Id, instance.Id, manifest.Workload, new SeenMark(manifest.Number, record.Hash));
        }
    }

    /// <summary>Looks that nobody has put anything under the name yet.</summary>
    /// <exception cref="RepositoryLockedException">`SnapshotNumberTaken`, `WriterShutOut`.</exception>
    internal static async Task RequireFreeAsync(OpenRepository repository, BlobName name, CancellationToken cancellationToken)
    {
        if (await repository.Store.TryReadAllAsync(name, MaximumManifestSize, cancellationToken).ConfigureAwait(false) is { } stands)
        {
            throw Lost(repository, name, stands);
        }
    }

    private static RepositoryLockedException Lost(OpenRepository repository, BlobName name, byte[]? stands)
    {
        string who = "another writer, whose snapshot is removed again";
        if (stands is not null)
        {
            try
            {
                SignedRecord found = SignedRecord.Parse(stands, name.Value);
                if (found.Kind == RecordKind.Void)
                {
                    return new RepositoryLockedException(
                        "WriterShutOut",
                        ErrorKind.Locked,
                        $"Failed to commit '{name}': Optimize-WorkloadRepository gave the writer up, since it did not answer for 15 minutes.",
                        "Run the command again; nothing that was committed is lost.",
                        name.Value,
                        isTransient: true);
                }

                string signer = repository.Trust.FindSigner(found.Signer)?.Name is { Length: > 0 } known ? $"'{known}'" : $"the signer {found.Signer}";
                SnapshotManifest other = SnapshotManifest.Read(found);
                who = string.Create(CultureInfo.InvariantCulture, $"{signer}, capture of '{other.Name}' begun at {other.Created:yyyy-MM-dd HH:mm:ss} UTC");
            }
            catch (PortabilityException exception) when (exception is InvalidFormatException or UnsupportedFeatureException)
            {
                who = "something that is no manifest";
            }
        }

        return new RepositoryLockedException(
            "SnapshotNumberTaken",
            ErrorKind.Locked,
            $"Failed to commit '{name}': the number was taken first by {who}.",
            "Let one process at a time capture a workload; run New-WorkloadSnapshot again if the snapshot that won is not enough.",
            name.Value);
    }
}
