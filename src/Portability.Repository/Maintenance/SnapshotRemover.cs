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

        var body = new TombstoneBody
        {
            Workload = manifest.Workload,
            Number = manifest.Number,
            Instance = instance,
            Hash = record.Hash,
            ParentHash = manifest.ParentHash,
            ParentNumber = manifest.ParentNumber,
            Reason = reason,
        };
        await PutTombstoneAsync(signer, body, manifest.Name, cancellationToken).ConfigureAwait(false);
        if (await FindHolderAsync(manifest, cancellationToken).ConfigureAwait(false) is not null)
        {
            return RemoveOutcome.RemovedWhileRead;
        }

        await DeleteManifestsAsync(manifest.Workload, manifest.Number, cancellationToken).ConfigureAwait(false);
        await new TombstoneMerger(repository, signer, instance).MergeAsync(manifest.Workload, cancellationToken).ConfigureAwait(false);
        return RemoveOutcome.Removed;
    }

    /// <summary>Gives up a number whose manifest does not read under any name, and which no mirror repairs. What it alone needs is needed by nothing then.</summary>
    /// <param name="workload">Its workload.</param>
    /// <param name="number">Its number.</param>
    /// <param name="name">What the workload is called, for messages.</param>
    /// <param name="reason">Why, for the tombstone.</param>
    /// <param name="cancellationToken">Gives up; the number may be given up or not.</param>
    /// <exception cref="RepositoryLockedException">`SnapshotPinned`: somebody may read it, or puts it again.</exception>
    /// <exception cref="RepositoryException">`SnapshotNotFound`, `SnapshotNotDamaged`, `SignerNotAdmitted`.</exception>
    /// <exception cref="PortabilityException">The store failed.</exception>
    public async Task<RemoveOutcome> RemoveDamagedAsync(Guid workload, long number, string name, string reason, CancellationToken cancellationToken)
    {
        RecordSigner signer = FindSigner(workload, name);
        var damaged = new DamagedNumber(repository, workload, number, name);
        if (await damaged.FindHolderAsync(cancellationToken).ConfigureAwait(false) is { } holder)
        {
            throw damaged.Pinned(holder);
        }

        // Looked at after the leases: what a sync put again by then is seen here.
        await damaged.RequireAsync(cancellationToken).ConfigureAwait(false);
        var body = new TombstoneBody
        {
            Workload = workload,
            Number = number,
            Instance = instance,
            Hash = await damaged.FindHashAsync(cancellationToken).ConfigureAwait(false),
            Reason = reason,
        };
        await PutTombstoneAsync(signer, body, name, cancellationToken).ConfigureAwait(false);
        if (await damaged.FindHolderAsync(cancellationToken).ConfigureAwait(false) is not null)
        {
            return RemoveOutcome.RemovedWhileRead;
        }

        await DeleteManifestsAsync(workload, number, cancellationToken).ConfigureAwait(false);
        await new TombstoneMerger(repository, signer, instance).MergeAsync(workload, cancellationToken).ConfigureAwait(false);
        return RemoveOutcome.Removed;
    }

    private async Task PutTombstoneAsync(RecordSigner signer, TombstoneBody body, string workload, CancellationToken cancellationToken)
    {
        SignedRecord tombstone = signer.Sign(RecordKind.Tombstone, body, TombstoneJson.Default.TombstoneBody);
        BlobName name = RepositoryNames.Tombstone(body.Workload, body.Number);
        if (await repository.Store.PutIfAbsentAsync(name, tombstone.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Exists
            && await SnapshotSequence.FindTombstoneAsync(repository, body.Workload, body.Number, cancellationToken).ConfigureAwait(false) is null)
        {
            throw new IntegrityException(
                "TombstoneDamaged",
                $"Failed to remove snapshot {body.Number} of '{workload}': something that is no tombstone lies at '{name}'.",
                "Find out who writes to this store beside WorkloadPortability, then run Test-WorkloadRepository.",
                name.Value);
        }
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
    private async Task DeleteManifestsAsync(Guid workload, long number, CancellationToken cancellationToken)
    {
        SnapshotSequence sequence = await SnapshotSequence.ReadAsync(repository, workload, cancellationToken).ConfigureAwait(false);
        foreach ((_, BlobName name) in sequence.Covered.Where(item => item.Number == number))
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
