using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Records;

namespace Portability.Engine.Verification;

/// <summary>Tests snapshots and whole repositories: signatures and hashes without a key, every block with one.</summary>
public sealed class VerificationFacade
{
    /// <summary>Tests one snapshot.</summary>
    /// <param name="connection">Connection, with or without a key.</param>
    /// <param name="snapshot">Snapshot, of which workload, number and identifier are used.</param>
    /// <param name="depth">How deep; null for blocks where there is a key, for objects where there is none.</param>
    /// <param name="observer">Told of progress.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was found; its <see cref="SnapshotTestResult.IsHealthy"/> is the answer.</returns>
    /// <exception cref="RepositoryException">`KeyRequired`: blocks are asked for without a key.</exception>
    /// <exception cref="StorageException">The store cannot be read.</exception>
    public async Task<SnapshotTestResult> TestSnapshotAsync(
        RepositoryConnection connection, WorkloadSnapshot snapshot, TestDepth? depth, IOperationObserver observer, CancellationToken cancellationToken)
    {
        TestDepth wanted = DepthOf(connection, depth);
        var meter = new ProgressMeter(observer, connection.Environment.Time, $"Testing {snapshot}");
        var findings = new FindingList();
        await new TrustCheck(connection.Opened, findings).CheckChainAsync(cancellationToken).ConfigureAwait(false);
        WorkloadCheck workload = await WorkloadCheck.OpenAsync(connection, findings, snapshot.WorkloadId, cancellationToken).ConfigureAwait(false);
        CatalogEntry? entry = await workload.CheckOneAsync(snapshot.Sequence, cancellationToken).ConfigureAwait(false);
        if (entry is not null && snapshot.Id != Guid.Empty && entry.Manifest.Snapshot != snapshot.Id)
        {
            string fact = FormattableString.Invariant($"Snapshot {entry.Manifest.Snapshot:D} stands there, not {snapshot.Id:D}.");
            findings.Add(new TestFinding { Kind = FindingKind.Exchanged, ObjectName = entry.Name.Value, Message = fact, IsError = true }, entry);
        }

        var receipts = new ReceiptCheck(connection, findings);
        await receipts.CheckAsync(snapshot.WorkloadId, workload.Highest, cancellationToken).ConfigureAwait(false);
        long objects = 0;
        if (entry is not null && wanted != TestDepth.Manifest)
        {
            objects = await CheckObjectsAsync(connection, entry, wanted, findings, meter, cancellationToken).ConfigureAwait(false);
        }

        return new SnapshotTestResult
        {
            SnapshotId = entry?.Manifest.Snapshot ?? snapshot.Id,
            Name = entry?.Manifest.Name ?? snapshot.Name,
            Sequence = snapshot.Sequence,
            RepositoryId = connection.Opened.Id,
            RepositoryPath = connection.Store.Location,
            IsHealthy = !findings.HasErrors,
            Depth = wanted,
            SignerFingerprint = entry is null ? string.Empty : FingerprintConverter.ToHex(entry.Record.Signer),
            ObjectCount = objects,
            BytesRead = meter.Done,
            Duration = meter.Elapsed,
            Findings = findings.ToArray(),
            Receipts = entry is null ? [] : await receipts.ShowAsync(entry, cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>Tests a repository: its trust, its records, and every object of every snapshot once.</summary>
    /// <param name="connection">Connection, with or without a key.</param>
    /// <param name="options">How deep.</param>
    /// <param name="observer">Told of progress.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was found; its <see cref="RepositoryTestResult.IsHealthy"/> is the answer.</returns>
    /// <exception cref="RepositoryException">`KeyRequired`: blocks are asked for without a key.</exception>
    /// <exception cref="StorageException">The store cannot be read.</exception>
    public Task<RepositoryTestResult> TestRepositoryAsync(
        RepositoryConnection connection, RepositoryTestOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        _ = DepthOf(connection, options.Depth);
        return new RepositoryCheck(connection, options, observer).RunAsync(cancellationToken);
    }

    private static async Task<long> CheckObjectsAsync(
        RepositoryConnection connection, CatalogEntry entry, TestDepth depth, FindingList findings, ProgressMeter meter, CancellationToken cancellationToken)
    {
        CopyIndex copies = await CopyIndex.ReadAsync(connection.Store, cancellationToken).ConfigureAwait(false);
        var others = new OtherRecordsCheck(connection, new FindingList());
        await others.CheckSubstitutionsAsync(cancellationToken).ConfigureAwait(false);
        var objects = new SnapshotObjects(connection, findings, others);
        await objects.CheckAsync([entry], copies, meter, cancellationToken).ConfigureAwait(false);
        if (depth == TestDepth.Content)
        {
            meter.SetTotal(-1);
            await new ContentCheck(connection, findings, meter).CheckAsync(entry, before: null, cancellationToken).ConfigureAwait(false);
        }

        return objects.ObjectCount;
    }

    private static TestDepth DepthOf(RepositoryConnection connection, TestDepth? depth)
    {
        if (depth == TestDepth.Content)
        {
            connection.Opened.RequireKeyring();
        }

        return depth ?? (connection.Opened.Keyring is null ? TestDepth.Objects : TestDepth.Content);
    }
}
