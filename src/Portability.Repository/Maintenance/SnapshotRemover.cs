using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Repository.Maintenance;

/// <summary>Removes snapshots: rewrites nothing; space comes back through a collection.</summary>
/// <remarks>FORMAT.md, section 13, "Remove".</remarks>
public sealed class SnapshotRemover
{
    private readonly OpenRepository repository;
    private readonly Guid instance;

    /// <summary>Initialises a remover.</summary>
    /// <param name="repository">The repository; stays the caller's.</param>
    /// <exception cref="RepositoryException">`InstanceMissing`: the store has no identity yet.</exception>
    public SnapshotRemover(OpenRepository repository)
    {
        this.repository = repository;
        instance = repository.Instance?.Id ?? throw new RepositoryException(
            "InstanceMissing",
            ErrorKind.NotFound,
            $"Failed to remove snapshots in '{repository.Store.Location}': the store has no identity that reads.",
            "Connect with Connect-WorkloadRepository and a key, which gives it one, or says what to do.",
            repository.Store.Location);
    }

    /// <summary>Removes one snapshot. To remove it again does no harm.</summary>
    /// <param name="record">Its manifest as stored.</param>
    /// <param name="reason">Why, for the tombstone.</param>
    /// <param name="cancellationToken">Gives up; the snapshot may be removed or not.</param>
    /// <exception cref="RepositoryLockedException">`SnapshotPinned`: names who reads it.</exception>
    /// <exception cref="RepositoryException">`SignerNotAdmitted`.</exception>
    /// <exception cref="PortabilityException">The store failed.</exception>
    public async Task<RemoveOutcome> RemoveAsync(SignedRecord record, string reason, CancellationToken cancellationToken)
    {
        SnapshotManifest manifest = SnapshotManifest.Read(record);
        RecordSigner signer = FindSigner(manifest.Workload, manifest.Name);
        if (await FindHolderAsync(manifest, cancellationToken).ConfigureAwait(false) is { } holder)
        {
            throw Pinned(manifest, holder);
        }

        SignedRecord tombstone = signer.Sign(
            RecordKind.Tombstone,
            new TombstoneBody
            {
                Workload = manifest.Workload,
                Number = manifest.Number,
                Instance = instance,
                Hash = record.Hash,
                ParentHash = manifest.ParentHash,
                ParentNumber = manifest.ParentNumber,
                Reason = reason,
            },
            TombstoneJson.Default.TombstoneBody);
        BlobName name = RepositoryNames.Tombstone(manifest.Workload, manifest.Number);
        if (await repository.Store.PutIfAbsentAsync(name, tombstone.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Exists
            && await SnapshotSequence.FindTombstoneAsync(repository, manifest.Workload, manifest.Number, cancellationToken).ConfigureAwait(false) is null)
        {
            throw new IntegrityException(
                "TombstoneDamaged",
                $"Failed to remove snapshot {manifest.Number} of '{manifest.Name}': something that is no tombstone lies at '{name}'.",
                "Find out who writes to this store beside WorkloadPortability, then run Test-WorkloadRepository.",
                name.Value);
        }

        if (await FindHolderAsync(manifest, cancellationToken).ConfigureAwait(false) is not null)
        {
            return RemoveOutcome.RemovedWhileRead;
        }

        await DeleteManifestsAsync(manifest, cancellationToken).ConfigureAwait(false);
        await new TombstoneMerger(repository, signer, instance).MergeAsync(manifest.Workload, cancellationToken).ConfigureAwait(false);
        return RemoveOutcome.Removed;
    }

    private RecordSigner FindSigner(Guid workload, string name)
    {
        bool may = repository.Signer is { } own
            && (repository.Trust.FindSigner(own.Fingerprint)?.Grants.Exists(grant => grant.Stands && grant.Covers(SignerRights.Remove, workload, number: null, record: default)) ?? false);
        return may ? repository.Signer! : repository.ReceiptSigner ?? repository.RequireSigner(SignerRights.Remove, workload, name);
    }

    private async Task<LeaseState?> FindHolderAsync(SnapshotManifest manifest, CancellationToken cancellationToken) =>
        (await LeaseDirectory.ListAsync(repository, cancellationToken).ConfigureAwait(false))
            .FirstOrDefault(lease => !lease.IsEnded && lease.Pins.Contains(manifest.Snapshot));

    // At a mirror the manifest may lie under a second name, where a void took the plain one.
    private async Task DeleteManifestsAsync(SnapshotManifest manifest, CancellationToken cancellationToken)
    {
        SnapshotSequence sequence = await SnapshotSequence.ReadAsync(repository, manifest.Workload, cancellationToken).ConfigureAwait(false);
        foreach ((_, BlobName name) in sequence.Covered.Where(item => item.Number == manifest.Number))
        {
            await repository.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        }
    }

    private RepositoryLockedException Pinned(SnapshotManifest manifest, LeaseState holder)
    {
        string who = holder.Holder.Length > 0 ? holder.Holder : repository.Trust.FindSigner(holder.Signer)?.Name ?? "another process";
        return new RepositoryLockedException(
            "SnapshotPinned",
            ErrorKind.Locked,
            $"Failed to remove snapshot {manifest.Number} of '{manifest.Name}': {who} uses it ({holder.Kind}, lease {holder.Lease}).",
            "Wait until that has ended; if it is dead, run Optimize-WorkloadRepository, which ends its lease.",
            manifest.Snapshot.ToString("D"),
            isTransient: true);
    }
}
