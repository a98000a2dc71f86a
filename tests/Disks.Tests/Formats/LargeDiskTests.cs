using Portability.Disks.Formats;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats;

/// <summary>Disks whose tables are larger than what may be kept of them. Nothing else runs beside, so that memory can be measured.</summary>
[Collection(nameof(LargeDiskTests))]
[CollectionDefinition(nameof(LargeDiskTests), DisableParallelization = true)]
public sealed class LargeDiskTests : IDisposable
{
    private const long MemoryLimit = 32 << 20;

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Vhdx_of_sixteen_tebibytes_with_the_largest_table()
    {
        // 16 Mi entries in 128 MiB, of which 32 MiB may be kept.
        const long Size = 16L << 40;
        string path = folder.File("large.vhdx");
        byte[] data = new byte[4096];
        data.AsSpan().Fill(0x5A);
        long[] places = [.. Enumerable.Range(0, 1024).Select(i => (i * (Size / 1024)) + (i * 65536L))];
        var options = new DiskCreateOptions { Length = Size, UniqueId = Guid.NewGuid(), BlockSize = 1 << 20 };
        await using (IDiskImage image = await DiskFormatRegistry.CreateDefault().CreateAsync(path, "VHDX", options, Token))
        {
            long idle = GC.GetTotalMemory(forceFullCollection: true);
            foreach (long place in places)
            {
                await image.WriteAsync(place, data, Token);
            }

            Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - idle, long.MinValue, MemoryLimit + (4 << 20));
            await image.FlushAsync(Token);
        }

        Assert.Contains($"({Size} bytes)", ForeignTool.Check("vhdiinfo", path), StringComparison.Ordinal);
        await CheckAsync(path, Size, [.. places.Select(place => place + 4095)], 0x5A, 1024 * 4096L, 64 << 10);
    }

    [Fact]
    public async Task Vhd_of_the_largest_size()
    {
        const long Size = 2040L << 30;
        string path = folder.File("large.vhd");
        await using (IDiskImage image = await DiskFormatRegistry.CreateDefault().CreateAsync(
            path, "VHD", new DiskCreateOptions { Length = Size, UniqueId = Guid.NewGuid(), BlockSize = 512 << 10 }, Token))
        {
            await image.WriteAsync(Size - 1, new byte[] { 9 }, Token);
            await image.FlushAsync(Token);
        }

        await CheckAsync(path, Size, [Size - 1], 9, 1, 65536);
        await Assert.ThrowsAsync<UnsupportedFeatureException>(async () => await DiskFormatRegistry.CreateDefault().CreateAsync(
            folder.File("larger.vhd"), "VHD", new DiskCreateOptions { Length = Size + 1, UniqueId = Guid.NewGuid() }, Token));
    }

    [Fact]
    public async Task Qcow2_of_sixteen_tebibytes()
    {
        const int Places = 1024;
        const long Size = 16L << 40;
        string path = folder.File("large.qcow2");
        byte[] data = new byte[4096];
        data.AsSpan().Fill(0x5A);
        var options = new DiskCreateOptions { Length = Size, UniqueId = Guid.NewGuid() };
        long[] places = [.. Enumerable.Range(0, Places).Select(i => (i * (Size / Places)) + (i * 65536L))];
        await using (IDiskImage image = await DiskFormatRegistry.CreateDefault().CreateAsync(path, "QCOW2", options, Token))
        {
            long idle = GC.GetTotalMemory(forceFullCollection: true);
            foreach (long place in places)
            {
                await image.WriteAsync(place, data, Token);
            }

            await image.FlushAsync(Token);
            Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - idle, long.MinValue, MemoryLimit);
        }

        ForeignTool.Check("qemu-img", "check", "-f", "qcow2", path);
        await CheckAsync(path, Size, [.. places.Select(place => place + 4095)], 0x5A, Places * 4096L, 64 << 10);
    }

    [Fact]
    public async Task Vmdk_of_two_tebibytes()
    {
        const long Size = 2L << 40;
        string path = folder.File("large.vmdk");
        ForeignTool.Check("qemu-img", "create", "-q", "-f", "vmdk", path, "2T");
        ForeignTool.Check("qemu-io", "-f", "vmdk", "-c", $"write -P 9 {Size - 65536} 64k", path);
        await CheckAsync(path, Size, [Size - 1], 9, 65536, 65536);
    }

    private static async Task CheckAsync(string path, long size, long[] places, byte value, long leastData, int unit)
    {
        long idle = GC.GetTotalMemory(forceFullCollection: true);
        await using IDiskImage image = await QemuImages.OpenAsync(path);
        Assert.Equal(size, image.Length);
        Assert.InRange(await QemuImages.DataBytesAsync(image), leastData, (long)places.Length * unit);
        byte[] buffer = new byte[1];
        foreach (long place in places)
        {
            await image.ReadAsync(place, buffer, Token);
            Assert.Equal(value, buffer[0]);
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - idle, long.MinValue, MemoryLimit);
    }
}
