using System.Buffers.Binary;
using System.Text;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Workloads;
using Xunit;

namespace Portability.Engine.Tests.Snapshots;

/// <summary>A guest that makes its raw disk look like a QCOW2 image over a file of the host.</summary>
public sealed class KnownRawTests : IDisposable
{
    private const int Length = 1 << 20;

    private readonly EngineFixture fixture = new();
    private readonly SnapshotFacade facade = new();

    public void Dispose() => fixture.Dispose();

    [Theory]
    [InlineData("web01.img")]
    [InlineData("web01.raw")]
    [InlineData("web01")]
    public async Task What_was_captured_raw_is_captured_raw_again(string name)
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        DiskSourceOptions disk = Disk(name, SparseContent.Make(1, Length));
        await CaptureAsync(connection, disk);
        byte[] written = GuestContent();
        Disk(name, written);
        WorkloadSnapshot second = await CaptureAsync(connection, disk);
        Assert.Equal(written, await TestDisk.ReadAsync(connection, second));
        Assert.Contains(fixture.Observer.Warnings, warning => warning.Contains("was a raw disk before", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_registered_raw_is_captured_raw_when_its_path_is_given()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        byte[] written = GuestContent();
        DiskSourceOptions disk = Disk("web01.img", written);
        await new WorkloadFacade().RegisterAsync(
            connection, new RegisterWorkloadOptions { Name = "web01", Disks = [disk with { Format = "Raw" }] }, fixture.Observer, CancellationToken.None);
        WorkloadSnapshot snapshot = await CaptureAsync(connection, disk);
        Assert.Equal(written, await TestDisk.ReadAsync(connection, snapshot));
    }

    [Fact]
    public async Task What_nobody_knows_is_refused_with_the_way_out()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        DiskSourceOptions disk = Disk("web01.img", GuestContent());
        UnsupportedFeatureException error = await Assert.ThrowsAsync<UnsupportedFeatureException>(() => CaptureAsync(connection, disk));
        Assert.Equal("DiskFormatAmbiguous", error.ErrorId);
        Assert.Contains("-Format Raw", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_named_format_goes_before_what_was_there_before()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        DiskSourceOptions disk = Disk("web01.img", SparseContent.Make(1, Length));
        await CaptureAsync(connection, disk);
        Disk("web01.img", GuestContent());
        WorkloadSnapshot second = await CaptureAsync(connection, disk with { Format = "Qcow2" });
        byte[] host = await File.ReadAllBytesAsync(fixture.Folder.File("host.bin"), TestContext.Current.CancellationToken);
        Assert.Equal(host, await TestDisk.ReadAsync(connection, second));
    }

    private Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, DiskSourceOptions disk) =>
        facade.CaptureAsync(connection, new CaptureOptions { Name = "web01", Disks = [disk] }, fixture.Observer, CancellationToken.None);

    private DiskSourceOptions Disk(string name, byte[] content) => new() { Path = TestDisk.Write(fixture.Folder.File(name), content) };

    // A QCOW2 version 2 header with an empty table: all that the image holds is its backing file's.
    private byte[] GuestContent()
    {
        string host = TestDisk.Write(fixture.Folder.File("host.bin"), SparseContent.Make(9, Length, dataShare: 1));
        byte[] backing = Encoding.UTF8.GetBytes(host);
        byte[] disk = SparseContent.Make(2, Length, dataShare: 1);
        disk.AsSpan(0, 4 << 16).Clear();
        BinaryPrimitives.WriteUInt32BigEndian(disk, 0x514649FB);
        BinaryPrimitives.WriteUInt32BigEndian(disk.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt64BigEndian(disk.AsSpan(8), 1024);
        BinaryPrimitives.WriteUInt32BigEndian(disk.AsSpan(16), (uint)backing.Length);
        BinaryPrimitives.WriteUInt32BigEndian(disk.AsSpan(20), 16);
        BinaryPrimitives.WriteUInt64BigEndian(disk.AsSpan(24), Length);
        BinaryPrimitives.WriteUInt32BigEndian(disk.AsSpan(36), 1);
        BinaryPrimitives.WriteUInt64BigEndian(disk.AsSpan(40), 1 << 16);
        BinaryPrimitives.WriteUInt64BigEndian(disk.AsSpan(48), 2 << 16);
        BinaryPrimitives.WriteUInt32BigEndian(disk.AsSpan(56), 1);
        backing.CopyTo(disk, 1024);
        return disk;
    }
}
