using System.Runtime.ExceptionServices;
using Portability.Engine.Repositories;
using Portability.Engine.Restore;
using Portability.Engine.Snapshots;
using Portability.Engine.Verification;
using Portability.Tests;
using Xunit;

namespace Portability.Engine.Tests.Faults;

/// <summary>
/// What goes wrong around a capture or restore: each is a clear error, or is borne, and every snapshot that was committed before stays
/// whole, down to each block.
/// </summary>
public sealed class FaultTests : IDisposable
{
    private readonly EngineFixture fixture = new();
    private readonly SnapshotFacade facade = new();
    private readonly List<IDisposable> held = [];

    public void Dispose()
    {
        held.ForEach(item => item.Dispose());
        fixture.Dispose();
    }

    [Fact]
    public async Task A_full_store_is_said_and_a_later_capture_goes_on()
    {
        held.Add(MountedFolder.Memory(fixture.Vault, "24m"));
        byte[] content = SparseContent.Make(1, 4 << 20, dataShare: 1);
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot first = await CaptureAsync(connection, "web01", content);
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => CaptureAsync(connection, "web02", SparseContent.Make(2, 64 << 20, dataShare: 1)));
        AssertClear(error, "StoreFull", ErrorKind.WriteFailed);
        await AssertWholeAsync(connection, (first, content));

        // What the failed one left is collected, then there is room again.
        await new RepositoryFacade(fixture.Environment).OptimizeAsync(connection, new OptimizeOptions(), fixture.Observer, CancellationToken.None);
        byte[] changed = SparseContent.Make(3, 4 << 20, dataShare: 1);
        WorkloadSnapshot second = await CaptureAsync(connection, "web01", changed);
        await AssertWholeAsync(connection, (first, content), (second, changed));
    }

    [Theory]
    [InlineData(ImageFormat.Raw)]
    [InlineData(ImageFormat.Vhd)]
    [InlineData(ImageFormat.Vhdx)]
    [InlineData(ImageFormat.Qcow2)]
    [InlineData(ImageFormat.Vmdk)]
    public async Task A_full_destination_is_said_and_no_file_is_left(ImageFormat format)
    {
        byte[] content = SparseContent.Make(4, 40 << 20, dataShare: 1);
        using RepositoryConnection connection = await OpenTickingAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, "web01", content);
        var target = MountedFolder.Memory(fixture.Folder.File("target"), "64m");
        held.Add(target);
        string other = Path.Combine(target.Path, "other");
        var filling = new ActingObserver(() => Fill(other));
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => RestoreAsync(connection, snapshot, target.Path, format, filling));
        Assert.True(filling.HasActed);
        AssertClear(error, "DiskFull", ErrorKind.WriteFailed);
        Assert.Equal([other], Directory.GetFileSystemEntries(target.Path));

        // Where there is no room from the start, nothing is begun.
        error = await Assert.ThrowsAsync<StorageException>(() => RestoreAsync(connection, snapshot, target.Path, format));
        AssertClear(error, "DestinationFull", ErrorKind.WriteFailed);
        Assert.Equal([other], Directory.GetFileSystemEntries(target.Path));
        await AssertWholeAsync(connection, (snapshot, content));
    }

    // Takes what is left, while others write too.
    private static void Fill(string path)
    {
        using FileStream file = File.Create(path, 1);
        byte[] piece = new byte[64 << 10];
        try
        {
            while (true)
            {
                file.Write(piece);
            }
        }
        catch (IOException) when (file.Length > 0)
        {
            // The disk is full, as wanted.
        }
    }

    [Fact]
    public async Task A_full_state_directory_loses_the_cache_at_most()
    {
        byte[] content = SparseContent.Make(5, 4 << 20, dataShare: 1);
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot first = await CaptureAsync(connection, "web01", content);
        string cache = Path.Combine(fixture.Environment.StateDirectory, "cache");
        Directory.Delete(cache, recursive: true);
        var full = MountedFolder.Memory(cache, "4k");
        held.Add(full);
        byte[] changed = SparseContent.Make(6, 4 << 20, dataShare: 1);
        WorkloadSnapshot second = await CaptureAsync(connection, "web01", changed);
        await AssertWholeAsync(connection, (first, content), (second, changed));
        Assert.NotEmpty(fixture.Observer.Warnings);
    }

    [Fact]
    public async Task A_read_only_store_is_read_and_not_written()
    {
        byte[] content = SparseContent.Make(7, 2 << 20, dataShare: 1);
        WorkloadSnapshot snapshot;
        using (RepositoryConnection writable = await fixture.OpenNewAsync("original"))
        {
            snapshot = await CaptureAsync(writable, "web01", content);
        }

        held.Add(MountedFolder.ReadOnly(fixture.Vault, fixture.Folder.File("original")));
        using RepositoryConnection connection = await fixture.OpenAsync();
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => CaptureAsync(connection, "web01", new byte[1 << 20]));
        AssertClear(error, "StoreReadOnly", ErrorKind.Denied);
        Assert.Equal(content, await TestDisk.ReadAsync(connection, snapshot));
        RestoredDisk disk = Assert.Single(await RestoreAsync(connection, snapshot));
        Assert.Equal(content, File.ReadAllBytes(disk.Path));
    }

    [Fact]
    public async Task A_store_that_denies_writing_is_said()
    {
        byte[] content = SparseContent.Make(8, 2 << 20, dataShare: 1);
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, "web01", content);
        using (Denied(Path.Combine(fixture.Vault, "packs")))
        {
            StorageException error = await Assert.ThrowsAsync<StorageException>(() => CaptureAsync(connection, "web01", SparseContent.Make(9, 2 << 20, dataShare: 1)));
            AssertClear(error, "StoreAccessDenied", ErrorKind.Denied);
        }

        await AssertWholeAsync(connection, (snapshot, content));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_source_that_shrinks_or_vanishes_while_it_is_read_commits_nothing(bool vanishes)
    {
        byte[] content = SparseContent.Make(10, 2 << 20, dataShare: 1);
        using RepositoryConnection connection = await OpenTickingAsync();
        WorkloadSnapshot first = await CaptureAsync(connection, "web01", content);
        string path = TestDisk.Write(fixture.Folder.File("web01.img"), SparseContent.Make(11, 48 << 20, dataShare: 1));
        var observer = new ActingObserver(() =>
        {
            if (vanishes)
            {
                File.Delete(path);
            }
            else
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
                file.SetLength(512);
            }
        });
        var options = new CaptureOptions { Name = "web01", Disks = [new DiskSourceOptions { Path = path }] };
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => facade.CaptureAsync(connection, options, observer, CancellationToken.None));
        Assert.True(observer.HasActed);
        Assert.Contains(error.ErrorId, vanishes ? ["SourceVanished"] : new[] { "SourceChanged", "ReadFailed" });
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.RecommendedAction);
        await AssertWholeAsync(connection, (first, content));
    }

    [Theory]
    [InlineData("Büro-Server №1 \U0001F5A5 数据库")]
    [InlineData("CON")]
    [InlineData("../../etc/passwd")]
    [InlineData("a:b*c?d\"e<f>g|h")]
    public Task Any_name_is_captured_found_and_restored(string name) => NameAsync(name);

    [Theory]
    [InlineData("x", 250)]
    [InlineData("\u00E9", 250)]
    [InlineData("\U0001F5A5", 125)]
    public Task A_name_may_have_250_characters(string unit, int count) => NameAsync(string.Concat(Enumerable.Repeat(unit, count)));

    [Fact]
    public async Task Memory_that_runs_out_is_said()
    {
        byte[] content = SparseContent.Make(17, 2 << 20, dataShare: 1);
        using RepositoryConnection connection = await OpenTickingAsync();
        WorkloadSnapshot first = await CaptureAsync(connection, "web01", content);
        string path = TestDisk.Write(fixture.Folder.File("web01.img"), SparseContent.Make(18, 16 << 20, dataShare: 1));
        var options = new CaptureOptions { Name = "web01", Disks = [new DiskSourceOptions { Path = path }] };
        var observer = new ActingObserver(() => ExceptionDispatchInfo.Throw(new InsufficientMemoryException()));
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(() => facade.CaptureAsync(connection, options, observer, CancellationToken.None));
        Assert.Equal(("OutOfMemory", ErrorKind.Limit), (error.ErrorId, error.Kind));
        await AssertWholeAsync(connection, (first, content));
        error = await Assert.ThrowsAsync<RepositoryException>(() => RestoreAsync(
            connection, first, observer: new ActingObserver(() => ExceptionDispatchInfo.Throw(new InsufficientMemoryException()))));
        Assert.Equal("OutOfMemory", error.ErrorId);
        Assert.Empty(Directory.GetFileSystemEntries(fixture.Folder.File("restored")));
    }

    [Fact]
    public async Task One_name_in_two_spellings_is_one_workload_or_refused()
    {
        byte[] content = SparseContent.Make(13, 1 << 20);
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot composed = await CaptureAsync(connection, "B\u00FCro", content);
        if (string.Equals("U\u0308".Normalize(), "\u00DC", StringComparison.Ordinal))
        {
            WorkloadSnapshot decomposed = await CaptureAsync(connection, "bU\u0308RO", content);
            Assert.Equal((composed.WorkloadId, 2), (decomposed.WorkloadId, decomposed.Sequence));
            return;
        }

        // A runtime without ICU cannot tell that they are one.
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(() => CaptureAsync(connection, "bU\u0308RO", content));
        AssertClear(error, "WorkloadNameInvalid", ErrorKind.InvalidInput);
        Assert.Contains("ICU", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(composed.WorkloadId, (await CaptureAsync(connection, "B\u00DCRO", content)).WorkloadId);
    }

    [Fact]
    public async Task A_clock_that_goes_back_breaks_no_order()
    {
        var time = new ManualTime();
        time.Advance(TimeSpan.FromDays(400));
        await fixture.OpenNewAsync();
        EngineEnvironment environment = fixture.Environment with { Time = time };
        using RepositoryConnection connection = await fixture.OpenAsync(environment: environment);
        byte[] old = SparseContent.Make(14, 2 << 20, dataShare: 1);
        WorkloadSnapshot first = await CaptureAsync(connection, "web01", old);
        time.Advance(TimeSpan.FromDays(-399));
        byte[] young = SparseContent.Make(15, 2 << 20, dataShare: 1);
        WorkloadSnapshot second = await CaptureAsync(connection, "web01", young);
        Assert.True(second.CreatedUtc < first.CreatedUtc);
        Assert.Equal(2, second.Sequence);
        Assert.Equal(first.Id, second.ParentId);
        Assert.True(second.Duration >= TimeSpan.Zero);
        List<WorkloadSnapshot> latest = await facade.ListAsync(connection, new SnapshotListOptions { Latest = true }, fixture.Observer, CancellationToken.None).ToListAsync();
        Assert.Equal(second.Id, Assert.Single(latest).Id);
        await AssertWholeAsync(connection, (first, old), (second, young));
    }

    [Fact]
    public async Task A_cache_that_lies_loses_deduplication_at_most()
    {
        byte[] content = SparseContent.Make(16, 4 << 20, dataShare: 1);
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot first = await CaptureAsync(connection, "web01", content);
        var random = new Random(1);
        string[] files = Directory.GetFiles(Path.Combine(fixture.Environment.StateDirectory, "cache"), "*", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        var kept = new List<(WorkloadSnapshot Snapshot, byte[] Content)> { (first, content) };
        for (int round = 0; round < 3; round++)
        {
            foreach (string file in files.Where(File.Exists))
            {
                byte[] bytes = await File.ReadAllBytesAsync(file);
                switch (round)
                {
                    case 0: // Flipped here and there.
                        for (int i = 0; i < 50 && bytes.Length > 0; i++)
                        {
                            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                        }

                        break;
                    case 1: // Of another machine, another time: exchanged.
                        bytes = await File.ReadAllBytesAsync(files[random.Next(files.Length)]);
                        break;
                    default:
                        bytes = bytes[..random.Next(bytes.Length + 1)];
                        break;
                }

                File.Delete(file);
                await File.WriteAllBytesAsync(file, bytes);
            }

            byte[] next = content.ToArray();
            random.NextBytes(next.AsSpan(random.Next(3 << 20), 200_000));
            using RepositoryConnection again = await fixture.OpenAsync();
            kept.Add((await CaptureAsync(again, "web01", next), next));
            kept.Add((await CaptureAsync(again, "web02", next), next));
        }

        await AssertWholeAsync(connection, [.. kept]);
    }

    private static void AssertClear(PortabilityException error, string id, ErrorKind kind)
    {
        Assert.Equal((id, kind), (error.ErrorId, error.Kind));
        Assert.NotEmpty(error.RecommendedAction);
        Assert.NotNull(error.TargetName);
    }

    // Root is asked no permission: a folder that may not be changed denies to it as well.
    private static Restoring Denied(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Takes the right away with chattr or chmod.");
        string[] folders = [path, .. Directory.GetDirectories(path, "*", SearchOption.AllDirectories)];
        if (!Environment.IsPrivilegedProcess)
        {
            ForeignTool.Check("chmod", ["a-w", .. folders]);
            return new Restoring(() => ForeignTool.Check("chmod", ["u+w", .. folders]));
        }

        ToolResult result = ForeignTool.Run("chattr", ["+i", .. folders]);
        Assert.SkipWhen(result.ExitCode != 0, $"chattr does not work on this file system: {result.Error}");
        return new Restoring(() => ForeignTool.Check("chattr", ["-i", .. folders]));
    }

    // By this clock every piece is due to be reported, so that what a test does at the first one happens early.
    private async Task<RepositoryConnection> OpenTickingAsync()
    {
        (await fixture.OpenNewAsync()).Dispose();
        return await fixture.OpenAsync(environment: fixture.Environment with { Time = new TickingTime() });
    }

    private async Task NameAsync(string name)
    {
        byte[] content = SparseContent.Make(12, 1 << 20);
        using RepositoryConnection connection = await fixture.OpenNewAsync("vault-" + Guid.NewGuid().ToString("n"));
        WorkloadSnapshot snapshot = await CaptureAsync(connection, name, content);
        Assert.Equal(name, snapshot.Name);
        var byName = new SnapshotListOptions { NameFilter = found => string.Equals(found, name, StringComparison.Ordinal) };
        Assert.Single(await facade.ListAsync(connection, byName, fixture.Observer, CancellationToken.None).ToListAsync());
        string target = fixture.Folder.File("restored-" + Guid.NewGuid().ToString("n"));
        RestoredDisk disk = Assert.Single(await RestoreAsync(connection, snapshot, target));
        Assert.Equal(target, Path.GetDirectoryName(disk.Path));
        Assert.Equal(content, File.ReadAllBytes(disk.Path));
    }

    private async Task AssertWholeAsync(RepositoryConnection connection, params (WorkloadSnapshot Snapshot, byte[] Content)[] committed)
    {
        foreach ((WorkloadSnapshot snapshot, byte[] content) in committed)
        {
            Assert.Equal(content, await TestDisk.ReadAsync(connection, snapshot));
        }

        RepositoryTestResult result = await new VerificationFacade().TestRepositoryAsync(
            connection, new RepositoryTestOptions { Depth = TestDepth.Content, RaceNames = 0 }, fixture.Observer, CancellationToken.None);
        Assert.Empty(result.Findings.Where(finding => finding.IsError));
        Assert.Equal(committed.Length, result.SnapshotCount);
    }

    private Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, string name, byte[] content)
    {
        var disk = new DiskSourceOptions { Path = TestDisk.Write(fixture.Folder.File("source.img"), content) };
        return facade.CaptureAsync(connection, new CaptureOptions { Name = name, Disks = [disk] }, fixture.Observer, CancellationToken.None);
    }

    private Task<IReadOnlyList<RestoredDisk>> RestoreAsync(
        RepositoryConnection connection, WorkloadSnapshot snapshot, string? target = null, ImageFormat format = ImageFormat.Raw, IOperationObserver? observer = null) =>
        new RestoreFacade().RestoreAsync(
            connection,
            new RestoreOptions { Snapshot = snapshot, DestinationPath = target ?? fixture.Folder.File("restored"), Format = format },
            observer ?? fixture.Observer,
            CancellationToken.None);

    private sealed class TickingTime : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Interlocked.Increment(ref ticks);
    }

    private sealed class Restoring(Action restore) : IDisposable
    {
        public void Dispose() => restore();
    }

    /// <summary>Does something once, when the first bytes were read.</summary>
    private sealed class ActingObserver(Action act) : IOperationObserver
    {
        private int acted;

        public bool HasActed => acted != 0;

        public void OnProgress(OperationProgress progress)
        {
            if (progress.BytesDone > 0 && progress.BytesTotal > 0 && Interlocked.Exchange(ref acted, 1) == 0)
            {
                act();
            }
        }

        public void OnWarning(string message)
        {
        }

        public void OnVerbose(string message)
        {
        }
    }
}
