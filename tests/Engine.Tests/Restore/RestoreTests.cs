using Portability.Engine.Repositories;
using Portability.Engine.Restore;
using Portability.Engine.Snapshots;
using Portability.Repository.Leases;
using Portability.Tests;
using Xunit;

namespace Portability.Engine.Tests.Restore;

public sealed class RestoreTests : IDisposable
{
    private readonly EngineFixture fixture = new();

    private string Target => fixture.Folder.File("restored");

    public void Dispose() => fixture.Dispose();

    [Theory]
    [InlineData(ImageFormat.Raw, "raw")]
    [InlineData(ImageFormat.Vhd, "vpc")]
    [InlineData(ImageFormat.Vhdx, "vhdx")]
    [InlineData(ImageFormat.Qcow2, "qcow2")]
    [InlineData(ImageFormat.Vmdk, "vmdk")]
    public async Task A_restored_image_is_equal_for_a_foreign_tool(ImageFormat format, string foreign)
    {
        string source = TestDisk.Write(fixture.Folder.File("web01.img"), SparseContent.Make(1, 9 << 20));
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, source);
        RestoredDisk disk = Assert.Single(await RestoreAsync(connection, new RestoreOptions { Snapshot = snapshot, DestinationPath = Target, Format = format }));
        Assert.Equal(Path.Combine(Target, "web01-0." + ImageFileName.Extension(format)), disk.Path);
        Assert.Equal(format, disk.Format);
        Assert.InRange(disk.BytesWritten, 1, 9 << 20);
        ForeignTool.Check("qemu-img", "compare", "-f", "raw", "-F", foreign, source, disk.Path);
        Assert.DoesNotContain(Directory.GetFiles(Target), file => file.Contains("partial", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sets_are_restored_apart()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        var capture = new CaptureOptions
        {
            Name = "web01",
            Disks =
            [
                new DiskSourceOptions { Path = TestDisk.Write(fixture.Folder.File("b.img"), SparseContent.Make(1, 1 << 20)), Role = DiskRole.Boot },
                new DiskSourceOptions { Path = TestDisk.Write(fixture.Folder.File("d.img"), SparseContent.Make(2, 1 << 20)), Role = DiskRole.Data },
            ],
        };
        WorkloadSnapshot snapshot = await new SnapshotFacade().CaptureAsync(connection, capture, fixture.Observer, CancellationToken.None);
        RestoredDisk data = Assert.Single(await RestoreAsync(
            connection, new RestoreOptions { Snapshot = snapshot, DestinationPath = Target, Format = ImageFormat.Raw, Role = DiskRole.Data }));
        Assert.Equal(1, data.Number);
        Assert.Equal("web01-1.raw", Path.GetFileName(data.Path));
        Assert.Equal(File.ReadAllBytes(fixture.Folder.File("d.img")), File.ReadAllBytes(data.Path));
    }

    [Fact]
    public async Task An_existing_image_is_kept_without_force_and_replaced_with_it()
    {
        string source = TestDisk.Write(fixture.Folder.File("web01.img"), SparseContent.Make(1, 1 << 20));
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, source);
        Directory.CreateDirectory(Target);
        string taken = Path.Combine(Target, "web01-0.raw");
        File.WriteAllText(taken, "old");
        var options = new RestoreOptions { Snapshot = snapshot, DestinationPath = Target, Format = ImageFormat.Raw };
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => RestoreAsync(connection, options));
        Assert.Equal("FileExists", error.ErrorId);
        Assert.Equal("old", File.ReadAllText(taken));
        await RestoreAsync(connection, options with { Force = true });
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(taken));
    }

    [Fact]
    public async Task A_damaged_pack_is_named_and_leaves_no_file()
    {
        string source = TestDisk.Write(fixture.Folder.File("web01.img"), SparseContent.Make(1, 4 << 20, dataShare: 1));
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, source);
        string pack = Directory.GetFiles(Path.Combine(fixture.Vault, "packs"), "*", SearchOption.AllDirectories).Single();
        byte[] bytes = File.ReadAllBytes(pack);
        bytes[bytes.Length / 2] ^= 1;
        File.SetAttributes(pack, FileAttributes.Normal);
        File.WriteAllBytes(pack, bytes);
        IntegrityException error = await Assert.ThrowsAsync<IntegrityException>(() => RestoreAsync(
            connection, new RestoreOptions { Snapshot = snapshot, DestinationPath = Target, Format = ImageFormat.Raw }));
        Assert.Contains(Path.GetFileName(pack), error.Message + error.InnerException?.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Target));
    }

    [Fact]
    public async Task Cancelled_it_leaves_no_file()
    {
        string source = TestDisk.Write(fixture.Folder.File("web01.img"), SparseContent.Make(1, 16 << 20, dataShare: 1));
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, source);
        using var cancel = new CancellationTokenSource();
        var observer = new CancellingObserver(cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new RestoreFacade().RestoreAsync(
            connection, new RestoreOptions { Snapshot = snapshot, DestinationPath = Target, Format = ImageFormat.Raw }, observer, cancel.Token));
        Assert.Empty(Directory.GetFiles(Target));
    }

    [Fact]
    public async Task A_restore_pins_its_snapshot_and_lets_it_go()
    {
        string source = TestDisk.Write(fixture.Folder.File("web01.img"), SparseContent.Make(1, 1 << 20));
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, source);
        await RestoreAsync(connection, new RestoreOptions { Snapshot = snapshot, DestinationPath = Target, Format = ImageFormat.Raw });
        LeaseState pin = Assert.Single(await LeaseDirectory.ListAsync(connection.Opened, CancellationToken.None), lease => lease.Kind == LeaseKind.Pin);
        Assert.Equal([snapshot.Id], pin.Pins);
        Assert.True(pin.IsEnded);
    }

    [Fact]
    public async Task A_reader_that_is_not_admitted_hears_that_it_is_not_protected()
    {
        string source = TestDisk.Write(fixture.Folder.File("web01.img"), SparseContent.Make(1, 1 << 20));
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, source);
        using RepositoryConnection other = await fixture.ConnectAsync(environment: fixture.OtherMachine("b"));
        var observer = new RecordingObserver();
        await new RestoreFacade().RestoreAsync(
            other, new RestoreOptions { Snapshot = snapshot, DestinationPath = Target, Format = ImageFormat.Raw }, observer, CancellationToken.None);
        Assert.Contains(observer.Warnings, warning => warning.Contains("not protected", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_key_the_error_says_so()
    {
        string source = TestDisk.Write(fixture.Folder.File("web01.img"), SparseContent.Make(1, 1 << 20));
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, source);
        using RepositoryConnection keyless = await fixture.ConnectAsync(withSecret: false);
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(() => RestoreAsync(
            keyless, new RestoreOptions { Snapshot = snapshot, DestinationPath = Target }));
        Assert.Equal("KeyRequired", error.ErrorId);
    }

    private static Task<IReadOnlyList<RestoredDisk>> RestoreAsync(RepositoryConnection connection, RestoreOptions options) =>
        new RestoreFacade().RestoreAsync(connection, options, SilentObserver.Instance, CancellationToken.None);

    private Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, string source) => new SnapshotFacade().CaptureAsync(
        connection, new CaptureOptions { Name = "web01", Disks = [new DiskSourceOptions { Path = source }] }, fixture.Observer, CancellationToken.None);

    private sealed class CancellingObserver(CancellationTokenSource cancel) : IOperationObserver
    {
        public void OnProgress(OperationProgress progress)
        {
            if (progress.Status.Contains("disk 0", StringComparison.Ordinal))
            {
                cancel.Cancel();
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
