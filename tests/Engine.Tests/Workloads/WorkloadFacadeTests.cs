using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Workloads;
using Portability.Repository.Workloads;
using Xunit;

namespace Portability.Engine.Tests.Workloads;

public sealed class WorkloadFacadeTests : IDisposable
{
    private readonly EngineFixture fixture = new();
    private readonly WorkloadFacade facade = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task A_registered_workload_is_captured_by_its_name_alone()
    {
        byte[] boot = SparseContent.Make(1, 1 << 20);
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        Workload workload = await RegisterAsync(connection, "web01", boot);
        Assert.Equal("web01", workload.Name);
        Assert.Equal(2L << 30, workload.Machine.MemoryBytes);
        Assert.Equal(2, workload.Machine.ProcessorCount);
        WorkloadSnapshot snapshot = await new SnapshotFacade().CaptureAsync(
            connection, new CaptureOptions { Name = "WEB01" }, fixture.Observer, CancellationToken.None);
        Assert.Equal("web01", snapshot.Name);
        Assert.Equal(workload.Id, snapshot.WorkloadId);
        Assert.Equal(boot, await TestDisk.ReadAsync(connection, snapshot));
        Workload listed = Assert.Single(await ListAsync(connection));
        Assert.Equal(1, listed.SnapshotCount);
        Assert.Equal(snapshot.Id, listed.LatestSnapshotId);
        Assert.Equal(workload.Disks, listed.Disks);
    }

    [Fact]
    public async Task A_name_is_registered_once()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        await RegisterAsync(connection, "web01", new byte[4096]);
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(() => RegisterAsync(connection, "Web01", new byte[4096]));
        Assert.Equal("WorkloadExists", error.ErrorId);
    }

    [Fact]
    public async Task The_machine_is_changed_and_travels_with_the_next_snapshot()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        await RegisterAsync(connection, "web01", SparseContent.Make(1, 1 << 20));
        var machine = new MachineOptions
        {
            MemoryBytes = 8L << 30,
            Firmware = FirmwareKind.Uefi,
            SecureBoot = true,
            NetworkAdapters = [new MachineNetworkAdapter { Name = "eth0", MacAddress = "52:54:00:12:34:56", Network = "lan" }],
        };
        Workload changed = await facade.SetAsync(
            connection, new SetWorkloadOptions { Name = "web01", Machine = machine }, fixture.Observer, CancellationToken.None);
        Assert.Equal(8L << 30, changed.Machine.MemoryBytes);
        Assert.Equal(2, changed.Machine.ProcessorCount);
        WorkloadSnapshot snapshot = await new SnapshotFacade().CaptureAsync(
            connection, new CaptureOptions { Name = "web01" }, fixture.Observer, CancellationToken.None);
        Assert.Equal(FirmwareKind.Uefi, snapshot.Machine.Firmware);
        Assert.True(snapshot.Machine.SecureBoot);
        Assert.Equal("52:54:00:12:34:56", Assert.Single(snapshot.Machine.NetworkAdapters).MacAddress);
    }

    [Fact]
    public async Task Without_a_key_disks_and_machine_are_not_shown()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        await RegisterAsync(connection, "web01", new byte[4096]);
        using RepositoryConnection keyless = await fixture.ConnectAsync(withSecret: false);
        Workload listed = Assert.Single(await ListAsync(keyless));
        Assert.Equal("web01", listed.Name);
        Assert.Empty(listed.Disks);
    }

    [Fact]
    public async Task Unregistered_it_can_be_registered_anew()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        await RegisterAsync(connection, "web01", new byte[4096]);
        await facade.UnregisterAsync(connection, "web01", fixture.Observer, CancellationToken.None);
        Assert.Empty(await ListAsync(connection));
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(
            () => facade.UnregisterAsync(connection, "web01", fixture.Observer, CancellationToken.None));
        Assert.Equal("WorkloadNotFound", error.ErrorId);
        await RegisterAsync(connection, "web01", new byte[4096]);
        Assert.Single(await ListAsync(connection));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a\nb")]
    public async Task Names_that_cannot_be_are_refused(string name)
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(() => RegisterAsync(connection, name, new byte[4096]));
        Assert.Equal("WorkloadNameInvalid", error.ErrorId);
    }

    [Fact]
    public void One_name_in_any_case_is_one_workload()
    {
        var repository = new Guid("01234567-89ab-4cde-8f01-23456789abcd");
        Guid id = WorkloadIdentity.IdOf(repository, "Größe 01");
        Assert.Equal(id, WorkloadIdentity.IdOf(repository, " grÖße 01 "));
        Assert.NotEqual(id, WorkloadIdentity.IdOf(repository, "Größe 02"));
        Assert.NotEqual(id, WorkloadIdentity.IdOf(Guid.Empty, "Größe 01"));
        Assert.Equal(8, id.Version);
    }

    private async Task<List<Workload>> ListAsync(RepositoryConnection connection) =>
        await facade.GetAsync(connection, null, fixture.Observer, CancellationToken.None).ToListAsync();

    private Task<Workload> RegisterAsync(RepositoryConnection connection, string name, byte[] content)
    {
        string path = TestDisk.Write(fixture.Folder.File("disk.img"), content);
        var options = new RegisterWorkloadOptions { Name = name, Disks = [new DiskSourceOptions { Path = path }] };
        return facade.RegisterAsync(connection, options, fixture.Observer, CancellationToken.None);
    }
}
