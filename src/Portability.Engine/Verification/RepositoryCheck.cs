using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Capture;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository;
using Portability.Repository.Announcements;
using Portability.Repository.Backends;
using Portability.Repository.Objects;

namespace Portability.Engine.Verification;

/// <summary>One test of a whole repository.</summary>
internal sealed class RepositoryCheck
{
    private readonly RepositoryConnection connection;
    private readonly RepositoryTestOptions options;
    private readonly FindingList findings = new();
    private readonly ProgressMeter meter;

    public RepositoryCheck(RepositoryConnection connection, RepositoryTestOptions options, IOperationObserver observer)
    {
        this.connection = connection;
        this.options = options;
        meter = new ProgressMeter(observer, connection.Environment.Time, $"Testing {connection.Store.Location}");
    }

    /// <summary>Runs it.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was found.</returns>
    public async Task<RepositoryTestResult> RunAsync(CancellationToken cancellationToken)
    {
        var trust = new TrustCheck(connection.Opened, findings);
        await trust.CheckChainAsync(cancellationToken).ConfigureAwait(false);
        await trust.CheckSlotsAsync(cancellationToken).ConfigureAwait(false);
        await trust.CheckInstanceAsync(cancellationToken).ConfigureAwait(false);
        bool safe = await new StoreProbe(connection, findings).CheckAsync(options.RaceNames, cancellationToken).ConfigureAwait(false);
        var others = new OtherRecordsCheck(connection, findings);
        await others.CheckAsync(cancellationToken).ConfigureAwait(false);

        await CheckAnnouncementsAsync(cancellationToken).ConfigureAwait(false);

        IReadOnlyList<Guid> workloads = await WorkloadsAsync(cancellationToken).ConfigureAwait(false);
        var snapshots = new List<CatalogEntry>();
        foreach (Guid workload in workloads)
        {
            WorkloadCheck check = await WorkloadCheck.OpenAsync(connection, findings, workload, cancellationToken).ConfigureAwait(false);
            snapshots.AddRange(await check.CheckAllAsync(cancellationToken).ConfigureAwait(false));
            await new ReceiptCheck(connection, findings).CheckAsync(workload, check.Highest, cancellationToken).ConfigureAwait(false);
        }

        (long objects, long unreferenced) = options.Depth == TestDepth.Manifest
            ? (0, 0)
            : await CheckObjectsAsync(snapshots, others, cancellationToken).ConfigureAwait(false);
        await ForgetRemovedAsync(cancellationToken).ConfigureAwait(false);
        return new RepositoryTestResult
        {
            RepositoryId = connection.Opened.Id,
            RepositoryPath = connection.Store.Location,
            IsHealthy = !findings.HasErrors,
            IsStoreSafe = safe,
            WorkloadCount = workloads.Count,
            SnapshotCount = snapshots.Count,
            ObjectCount = objects,
            BytesRead = meter.Done,
            UnreferencedBytes = unreferenced,
            Duration = meter.Elapsed,
            Findings = findings.ToArray(),
        };
    }

    /// <summary>Announcements make nothing visible: one that does not count is told, and is no error.</summary>
    private async Task CheckAnnouncementsAsync(CancellationToken cancellationToken)
    {
        AnnouncementLedger ledger = await AnnouncementLedger.ReadAsync(connection.Opened, AnnouncementLedger.DefaultQuota, cancellationToken).ConfigureAwait(false);
        foreach ((BlobName name, string reason) in ledger.Refused)
        {
            findings.Add(new TestFinding
            {
                Kind = FindingKind.NotAdmitted,
                ObjectName = name.Value,
                Message = $"This announcement counts as absent: {reason}",
                RecommendedAction = "Run Optimize-WorkloadRepository, which removes it with its lease.",
            });
        }
    }

    private async Task<(long Objects, long Unreferenced)> CheckObjectsAsync(List<CatalogEntry> snapshots, OtherRecordsCheck others, CancellationToken cancellationToken)
    {
        // Listed after the manifests: what a manifest needs stands before it does.
        CopyIndex copies = await CopyIndex.ReadAsync(connection.Store, cancellationToken).ConfigureAwait(false);
        var objects = new SnapshotObjects(connection, findings, others);
        await objects.CheckAsync(snapshots, copies, meter, cancellationToken).ConfigureAwait(false);
        using SnapshotScope? scope = connection.Opened.Keyring is { } keyring ? SnapshotScope.Open(connection, Guid.Empty, keyring, fromStore: true) : null;
        var runs = new RunCheck(connection, findings);
        long count = objects.ObjectCount + await runs.CheckAsync(copies, scope, cancellationToken).ConfigureAwait(false);
        runs.CheckCover(objects.Needed.Where(item => copies.Find(item.Kind, item.Set, item.Id).Length > 0));
        if (options.Depth == TestDepth.Content)
        {
            meter.SetTotal(-1);
            CatalogEntry? before = null;
            foreach (CatalogEntry snapshot in snapshots)
            {
                bool follows = before?.Manifest.Workload == snapshot.Manifest.Workload;
                await new ContentCheck(connection, findings, meter).CheckAsync(snapshot, follows ? before : null, cancellationToken).ConfigureAwait(false);
                before = snapshot;
            }
        }

        HashSet<ObjectId> needed = [.. objects.Needed.Select(item => item.Id)];
        long unreferenced = copies.All
            .Where(item => item.Key.Kind != ObjectKind.Run && !needed.Contains(item.Key.Id))
            .Sum(item => item.Value.Sum(copy => copy.Length));
        return (count, unreferenced);
    }

    /// <summary>Workloads that are there, and those of which this machine has seen snapshots here.</summary>
    private async Task<IReadOnlyList<Guid>> WorkloadsAsync(CancellationToken cancellationToken)
    {
        var workloads = new SortedSet<Guid>();
        await foreach (BlobEntry entry in connection.Store.ListAsync(RepositoryNames.SnapshotPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName name))
            {
                workloads.Add(name.Workload);
            }
        }

        if (connection.Opened is { State: { } state, Instance: { } instance })
        {
            workloads.UnionWith(state.ListSeen(connection.Opened.Id, instance.Id));
        }

        return [.. workloads];
    }

    /// <summary>A snapshot that was removed while it was tested lost its objects by right.</summary>
    private async Task ForgetRemovedAsync(CancellationToken cancellationToken)
    {
        var removed = new HashSet<string>(StringComparer.Ordinal);
        foreach (CatalogEntry snapshot in findings.Concerned())
        {
            if (await connection.Store.GetLengthAsync(snapshot.Name, cancellationToken).ConfigureAwait(false) is null)
            {
                removed.Add(snapshot.Name.Value);
            }
        }

        findings.Forget(removed);
    }
}
