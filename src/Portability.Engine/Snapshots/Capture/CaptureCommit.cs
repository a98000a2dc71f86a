using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository;
using Portability.Repository.Leases;
using Portability.Repository.Records;
using Portability.Repository.Snapshots;
using Portability.Repository.Workloads;

namespace Portability.Engine.Snapshots.Capture;

/// <summary>The next number of a workload and the lease on it, from when a capture begins until its manifest is put.</summary>
internal sealed class CaptureCommit : IAsyncDisposable
{
    // Each attempt fails only because another capture committed in between.
    private const int MaximumAttempts = 8;

    private readonly RepositoryConnection connection;

    private CaptureCommit(RepositoryConnection connection, HeldLease held, long number, CatalogEntry? parent)
    {
        this.connection = connection;
        Held = held;
        Number = number;
        Parent = parent;
    }

    /// <summary>The lease that owns what is put.</summary>
    public HeldLease Held { get; }

    /// <summary>The number that the snapshot takes.</summary>
    public long Number { get; }

    /// <summary>The newest snapshot as it stood when the lease was there, or null.</summary>
    public CatalogEntry? Parent { get; }

    /// <summary>How often the workload has moved its home.</summary>
    public long HomeCounter { get; private init; }

    /// <summary>Takes the next number under a lease, and reads the snapshot before.</summary>
    /// <param name="connection">The repository.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="signer">Signs the lease.</param>
    /// <param name="observer">Hears of another capture of the same workload.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">`NotHome`, or the store cannot be read or written.</exception>
    public static async Task<CaptureCommit> BeginAsync(
        RepositoryConnection connection, Guid workload, RecordSigner signer, IOperationObserver observer, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            SnapshotSequence before = await SnapshotSequence.ReadAsync(connection.Opened, workload, cancellationToken).ConfigureAwait(false);
            LastSeen.WarnIfRolledBack(connection, WorkloadListing.Of(before), observer);

            // A number that this machine has seen taken stays taken, also where the store forgot it: a mirror may still have its snapshot.
            long next = Math.Max(before.Next, LastSeen.NumberOf(connection, workload) + 1);
            var request = new LeaseRequest { Kind = LeaseKind.Capture, Takes = RepositoryNames.Manifest(workload, next) };
            await WarnOfOthersAsync(connection, request, observer, cancellationToken).ConfigureAwait(false);
            HeldLease held = await HeldLease.OpenAsync(connection, signer, request, observer, cancellationToken).ConfigureAwait(false);
            try
            {
                // Only what is seen after the lease was put may be relied on.
                SnapshotSequence after = await SnapshotSequence.ReadAsync(connection.Opened, workload, cancellationToken).ConfigureAwait(false);
                if (after.Highest == before.Highest || attempt == MaximumAttempts - 1)
                {
                    var catalog = new SnapshotCatalog(connection, observer);
                    CatalogEntry? parent = await catalog.ReadNewestAsync(WorkloadListing.Of(after), cancellationToken).ConfigureAwait(false);
                    HomeRecord? moved = await HomeReader.TryReadNewestAsync(connection.Opened, workload, cancellationToken).ConfigureAwait(false);
                    WorkloadHome.Require(connection, parent, moved);
                    return new CaptureCommit(connection, held, next, parent) { HomeCounter = moved?.Counter ?? 0 };
                }
            }
            catch
            {
                await held.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            await held.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Puts the manifest.</summary>
    /// <param name="manifest">What it says.</param>
    /// <param name="record">The signed record.</param>
    /// <param name="cancellationToken">Cancels the call; up to the put nothing is visible.</param>
    /// <exception cref="PortabilityException">`SnapshotNumberTaken`, `WriterShutOut`, `SnapshotRemoved`, or the store cannot be written.</exception>
    public async Task<CatalogEntry> CommitAsync(SnapshotManifest manifest, SignedRecord record, CancellationToken cancellationToken)
    {
        Held.ThrowIfLost();
        await SnapshotCommit.CommitAsync(connection.Opened, Held.Lease, manifest, record, cancellationToken).ConfigureAwait(false);
        return new CatalogEntry(RepositoryNames.Manifest(manifest.Workload, manifest.Number), record, manifest);
    }

    /// <summary>Ends the lease.</summary>
    public ValueTask DisposeAsync() => Held.DisposeAsync();

    // No lock: a capture that was killed must not stop the next one. Of two that run, the second to commit is told.
    private static async Task WarnOfOthersAsync(
        RepositoryConnection connection, LeaseRequest request, IOperationObserver observer, CancellationToken cancellationToken)
    {
        foreach (LeaseState other in await LeaseDirectory.ListAsync(connection.Opened, cancellationToken).ConfigureAwait(false))
        {
            if (!other.IsEnded && other.Takes == request.Takes && !LeaseHolder.IsDead(other.Holder))
            {
                observer.OnWarning($"Another capture of this workload was begun by '{other.Holder}' and has not ended. If it still runs, the first of the two to commit wins.");
            }
        }
    }
}
