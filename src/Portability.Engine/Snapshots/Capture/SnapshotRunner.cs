using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Engine.Snapshots.Sources;
using Portability.Repository.Keys;
using Portability.Repository.Leases;
using Portability.Repository.Maintenance;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.References;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Snapshots.Capture;

/// <summary>Captures the disks of a workload as one snapshot. Cut off anywhere, it leaves the snapshots before as they are.</summary>
internal sealed class SnapshotRunner
{
    // Two per worker keep the disk busy while blocks are compressed; each holds a batch of memory.
    private const int ReadsPerWorker = 2;

    private readonly RepositoryConnection connection;
    private readonly IOperationObserver observer;
    private readonly CaptureSubject subject;
    private readonly CaptureOptions options;

    /// <summary>Initialises a runner; used once.</summary>
    /// <param name="connection">The repository, opened with a secret.</param>
    /// <param name="subject">What is captured; stays the caller's.</param>
    /// <param name="options">How.</param>
    /// <param name="observer">Hears of progress and of what is remarkable.</param>
    public SnapshotRunner(RepositoryConnection connection, CaptureSubject subject, CaptureOptions options, IOperationObserver observer)
    {
        this.connection = connection;
        this.subject = subject;
        this.options = options;
        this.observer = observer;
    }

    /// <summary>Captures and commits.</summary>
    /// <param name="cancellationToken">Cancels the call; before the commit nothing is visible, behind it has no effect.</param>
    /// <returns>The committed snapshot.</returns>
    /// <exception cref="PortabilityException">`SourceChanged`, `SourceVanished`, `SignerNotAdmitted`, `SnapshotNumberTaken`, `WriterShutOut`, or reading or writing failed.</exception>
    public async Task<CatalogEntry> RunAsync(CancellationToken cancellationToken)
    {
        // A manifest keeps milliseconds: what is emitted now equals what is listed later.
        DateTime now = connection.Environment.Time.GetUtcNow().UtcDateTime;
        DateTime created = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
        var meter = new ProgressMeter(observer, connection.Environment.Time, $"Capturing {subject.Name}");
        Keyring keyring = connection.Opened.RequireNewestKeyring();
        RecordSigner signer = connection.Opened.RequireSigner(SignerRights.Capture, subject.Workload, subject.Name);
        CaptureCommit commit = await CaptureCommit.BeginAsync(connection, subject.Workload, signer, observer, cancellationToken).ConfigureAwait(false);
        await using (commit.ConfigureAwait(false))
        {
            subject.Follow(connection, commit.Parent);
            return await commit.Held.RunAsync(token => RunAsync(commit, signer, keyring, created, meter, token)).ConfigureAwait(false);
        }
    }

    private async Task<CatalogEntry> RunAsync(
        CaptureCommit commit, RecordSigner signer, Keyring keyring, DateTime created, ProgressMeter meter, CancellationToken cancellationToken)
    {
        using SnapshotScope scope = SnapshotScope.Open(connection, subject.Workload, keyring);
        using var dedup = new DedupIndex(connection, scope, signer, commit.Held.Lease, observer);
        await dedup.LearnAsync(cancellationToken).ConfigureAwait(false);
        ReferenceTree? before = subject.Parent?.Manifest.References is { } root ? new ReferenceTree(scope.Objects.Objects, connection.Opened.Id, root) : null;
        IReadOnlyList<WrittenObject?>? entries = null;
        if (before is not null)
        {
            FollowedTree? relied = await RelyOnParentAsync(commit.Held.Lease, before, cancellationToken).ConfigureAwait(false);
            before = relied is null ? null : before;
            entries = relied?.Entries;
        }

        var writer = new SnapshotWriter(
            scope.Objects,
            commit.Held.Lease.Id,
            connection.Opened.Random,
            scope.Nodes,
            signer,
            dedup.Reuse,
            dedup.Index,
            new SnapshotWriterOptions { Workers = connection.Environment.WorkerCount });
        await using (writer.ConfigureAwait(false))
        {
            foreach (DiskDecision disk in await DecideAsync(scope, keyring, commit.Number, meter, cancellationToken).ConfigureAwait(false))
            {
                await CaptureDiskAsync(writer, scope, disk, meter, cancellationToken).ConfigureAwait(false);
            }

            meter.SetStatus("storing");
            SnapshotContent content = await writer.CompleteAsync(before, entries, cancellationToken).ConfigureAwait(false);
            SnapshotDetails details = await DetailsAsync(cancellationToken).ConfigureAwait(false);
            await subject.Sources.CheckUnchangedAsync(cancellationToken).ConfigureAwait(false);
            meter.SetStatus("committing");
            SnapshotManifest manifest = Manifest(commit, content, created, TimeSpan.FromMilliseconds((long)meter.Elapsed.TotalMilliseconds));
            CatalogEntry committed = await commit.CommitAsync(manifest, manifest.Sign(signer, keyring, details), cancellationToken).ConfigureAwait(false);
            writer.Remember(subject.Workload, content);
            NoteSeen(committed);
            return committed;
        }
    }

    /// <summary>Relies on what the parent needs; with -Full only if all of it is there.</summary>
    /// <returns>Null if nothing of the parent is relied on.</returns>
    private async Task<FollowedTree?> RelyOnParentAsync(WriterLease lease, ReferenceTree tree, CancellationToken cancellationToken)
    {
        RecordHash manifest = subject.Parent!.Record.Hash;
        string? missing = null;
        try
        {
            FollowedTree followed = await FollowedTree.ReadAsync(connection.Opened, tree, manifest, cancellationToken).ConfigureAwait(false);
            followed = await followed.RelyOnAsync(connection.Opened, lease, manifest, cancellationToken).ConfigureAwait(false);
            missing = options.Full ? await ParentPresence.FindMissingAsync(connection.Store, followed, cancellationToken).ConfigureAwait(false) : null;
            if (missing is null)
            {
                return followed;
            }
        }
        catch (PortabilityException exception) when (options.Full && exception is IntegrityException or InvalidFormatException)
        {
            missing = exception.TargetName ?? exception.Message; // its tree cannot be read, or what a collection condemned is gone
        }

        observer.OnWarning($"Snapshot {subject.Parent.Manifest.Number} lacks '{missing}': nothing of it is relied on, all blocks that the store lacks are stored anew.");
        subject.RelyOnNothing();
        return null;
    }

    // The snapshot is committed whether or not this machine can note that.
    private void NoteSeen(CatalogEntry committed)
    {
        try
        {
            LastSeen.Note(connection, committed);
        }
        catch (StorageException exception)
        {
            observer.OnWarning($"{exception.Message} {exception.RecommendedAction}");
        }
    }

    private SnapshotManifest Manifest(CaptureCommit commit, SnapshotContent content, DateTime created, TimeSpan duration)
    {
        OpenRepository opened = connection.Opened;
        SnapshotManifest? parent = subject.Parent?.Manifest;
        return new SnapshotManifest
        {
            Workload = subject.Workload,
            Name = subject.Name,
            Number = commit.Number,
            Snapshot = opened.Random.NextGuid(),
            Created = created,
            ParentNumber = parent?.Number ?? 0,
            ParentSnapshot = parent?.Snapshot,
            ParentHash = subject.Parent?.Record.Hash ?? default,
            Trust = opened.Trust.Number,
            HomeCounter = commit.HomeCounter,
            HomeInstance = opened.Instance?.Id ?? Guid.Empty,
            Lease = commit.Held.Lease.Id,
            Tags = options.Tag,
            LogicalBytes = content.LogicalBytes,
            ChangedBytes = content.ChangedBytes,
            StoredBytes = content.StoredBytes,
            Duration = duration,
            Disks = content.Disks,
            References = content.References,
        };
    }

    private async Task<IReadOnlyList<DiskDecision>> DecideAsync(
        SnapshotScope scope, Keyring keyring, long number, ProgressMeter meter, CancellationToken cancellationToken)
    {
        meter.SetStatus("finding what changed");
        var decided = new List<DiskDecision>();
        long total = 0;
        foreach (SourceDisk disk in subject.Sources.Disks)
        {
            SnapshotDisk? known = subject.Before(disk);
            BlockMap? before = known is null
                ? null
                : new BlockMap(scope.Nodes, known.Set, known.Root, known.Levels, SnapshotDisk.BlockCount(known.Length, scope.Objects.BlockSize));
            ChangeDecision decision = subject.Decide(disk, options.Full);
            if (decision.Kind != ChangeKind.Unknown && before is not null && number % UnchangedSample.Interval == 0)
            {
                decision = await SampleAsync(disk, decision, before, keyring, scope, cancellationToken).ConfigureAwait(false);
            }

            observer.OnVerbose(FormattableString.Invariant($"{disk.Title}: {decision.Kind}, {decision.Reason}."));
            decided.Add(new DiskDecision(disk, decision, before));
            total += await BytesToPassAsync(disk, decision, scope.Objects.BlockSize, cancellationToken).ConfigureAwait(false);
        }

        meter.SetTotal(total);
        return decided;
    }

    private async Task<ChangeDecision> SampleAsync(
        SourceDisk disk, ChangeDecision decision, BlockMap before, Keyring keyring, SnapshotScope scope, CancellationToken cancellationToken)
    {
        using ContentIdHasher hasher = keyring.ContentIdKey(SnapshotSets.Of(disk.Role), scope.Objects.BlockSize, scope.Objects.SharedWithin);
        long? changed = await new UnchangedSample(connection.Opened.Random, hasher).FindChangedAsync(disk, decision, before, cancellationToken).ConfigureAwait(false);
        if (changed is null)
        {
            return decision;
        }

        observer.OnWarning(FormattableString.Invariant(
            $"'{disk.Image.Name}' says that it did not change at 0x{changed.Value * scope.Objects.BlockSize:X}, but it did: all of it is read. Find out which program writes to it without telling."));
        return new ChangeDecision(ChangeKind.Unknown, 0, "a sample contradicted what the source says");
    }

    private static async Task<long> BytesToPassAsync(SourceDisk disk, ChangeDecision decision, int blockSize, CancellationToken cancellationToken)
    {
        // A scan passes over the whole disk, holes included: counting its extents first would read the metadata twice.
        if (decision.Kind == ChangeKind.Unknown)
        {
            return disk.Image.Length;
        }

        long bytes = 0;
        await foreach (BlockRun run in SnapshotPlanner.RunsAsync(disk, decision, blockSize, cancellationToken).ConfigureAwait(false))
        {
            bytes += Math.Min(run.Count * blockSize, disk.Image.Length - (run.First * blockSize));
        }

        return bytes;
    }

    private async Task CaptureDiskAsync(SnapshotWriter writer, SnapshotScope scope, DiskDecision disk, ProgressMeter meter, CancellationToken cancellationToken)
    {
        meter.SetStatus(disk.Source.Title);
        DiskCapture capture = await writer.BeginDiskAsync(
            new CaptureDisk
            {
                Number = disk.Source.Number,
                Set = SnapshotSets.Of(disk.Source.Role),
                Length = disk.Source.Image.Length,
                SectorSize = disk.Source.Image.LogicalSectorSize,
                PhysicalSectorSize = disk.Source.Image.PhysicalSectorSize,
                Id = disk.Source.Table.DiskId,
                Before = disk.Before,
            },
            cancellationToken).ConfigureAwait(false);
        IAsyncEnumerable<BlockRun> runs = SnapshotPlanner.RunsAsync(disk.Source, disk.Decision, scope.Objects.BlockSize, cancellationToken);
        var reader = new ReadAhead(writer, scope.Objects.BlockSize, ReadsPerWorker * connection.Environment.WorkerCount);
        await reader.RunAsync(disk.Source.Image, capture, runs, meter.Add, cancellationToken).ConfigureAwait(false);
    }

    private async Task<SnapshotDetails> DetailsAsync(CancellationToken cancellationToken)
    {
        var disks = new List<SnapshotDiskDetails>();
        foreach (SourceDisk disk in subject.Sources.Disks)
        {
            ChangeToken? token = await ChangeTokenBuilder.MakeAsync(disk.Image, disk.Layers, cancellationToken).ConfigureAwait(false);
            disks.Add(new SnapshotDiskDetails
            {
                Number = disk.Number,
                Name = Path.GetFileName(disk.Image.Name),
                Path = disk.Layers[0].Path,
                Format = disk.Image.FormatName,
                ChangeToken = token?.Write(),
                PartitionStyle = disk.Table.Style,
                Partitions = [.. disk.Table.Partitions.Select(partition => partition.ToWorkloadPartition())],
            });
        }

        return new SnapshotDetails { Machine = subject.Machine, Disks = [.. disks] };
    }

    private sealed record DiskDecision(SourceDisk Source, ChangeDecision Decision, BlockMap? Before);
}
