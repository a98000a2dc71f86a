using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Snapshots.Capture;

/// <summary>The next number of a workload, from when the capture begins until its manifest is put.</summary>
internal sealed class CaptureCommit : IAsyncDisposable
{
    private readonly RepositoryConnection connection;
    private readonly CaptureSubject subject;

    private CaptureCommit(RepositoryConnection connection, CaptureSubject subject, RecordId lease, long number)
    {
        this.connection = connection;
        this.subject = subject;
        Lease = lease;
        Number = number;
    }

    /// <summary>The lease that owns what is put.</summary>
    public RecordId Lease { get; }

    /// <summary>The number that the snapshot takes.</summary>
    public long Number { get; }

    /// <summary>Finds blocks of earlier captures, or null.</summary>
    public IBlockReuse? Reuse { get; }

    /// <summary>Takes the next number.</summary>
    public static async Task<CaptureCommit> BeginAsync(RepositoryConnection connection, CaptureSubject subject, CancellationToken cancellationToken)
    {
        WorkloadListing listing = await new SnapshotCatalog(connection, SilentObserver.Instance).ListAsync(subject.Workload, cancellationToken).ConfigureAwait(false);
        long number = listing.Manifests.Count == 0 ? 1 : listing.Manifests[^1].Number + 1;
        return new CaptureCommit(connection, subject, RecordId.Draw(connection.Opened.Random), number);
    }

    /// <summary>Signs and puts the manifest.</summary>
    public async Task<CatalogEntry> CommitAsync(
        SnapshotContent content,
        Func<SnapshotManifest, SignedRecord> sign,
        DateTime created,
        Func<TimeSpan> elapsed,
        string[] tags,
        CancellationToken cancellationToken)
    {
        OpenRepository opened = connection.Opened;
        SnapshotManifest? parent = subject.Parent?.Manifest;
        var manifest = new SnapshotManifest
        {
            Workload = subject.Workload,
            Name = subject.Name,
            Number = Number,
            Snapshot = opened.Random.NextGuid(),
            Created = created,
            ParentNumber = parent?.Number ?? 0,
            ParentSnapshot = parent?.Snapshot,
            ParentHash = subject.Parent?.Record.Hash ?? default,
            Trust = opened.Trust.Number,
            HomeCounter = parent?.HomeCounter ?? 0,
            HomeInstance = opened.Instance?.Id ?? Guid.Empty,
            Lease = Lease,
            Tags = tags,
            LogicalBytes = content.LogicalBytes,
            ChangedBytes = content.ChangedBytes,
            StoredBytes = content.StoredBytes,
            Duration = elapsed(),
            Disks = content.Disks,
            References = content.References,
        };
        SignedRecord record = sign(manifest);
        BlobName name = RepositoryNames.Manifest(subject.Workload, Number);
        if (await connection.Store.PutIfAbsentAsync(name, record.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Exists)
        {
            throw new RepositoryLockedException(
                "WorkloadBusy",
                ErrorKind.Locked,
                FormattableString.Invariant($"Failed to commit snapshot {Number} of '{subject.Name}': another capture of this workload was first."),
                "Run New-WorkloadSnapshot again once the other capture has ended.",
                subject.Name,
                isTransient: true);
        }

        if (opened.State is { } state && opened.Instance is { } instance)
        {
            state.NoteSeen(opened.Id, instance.Id, subject.Workload, new SeenMark(Number, record.Hash));
        }

        return new CatalogEntry(name, record, manifest);
    }

    /// <summary>Ends the lease.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
