using Portability.Disks.Formats;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats.Qcow2;

/// <summary>Images written here, as qemu-img sees them.</summary>
public sealed class Qcow2WriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(null, 1)]
    [InlineData(null, 4)]
    [InlineData(512, 2)]
    [InlineData(4096, 4)]
    [InlineData(2 << 20, 3)]
    public async Task Writes_what_qemu_accepts(int? clusterSize, int threads)
    {
        byte[] content = SparseContent.Make(clusterSize ?? 7, (20 << 20) + 512, dataShare: 0.3, longestRun: 500_000);
        string path = folder.File("new.qcow2");
        await using (IDiskImage image = await CreateAsync(path, content.Length, clusterSize))
        {
            await WriteAsync(image, content, threads);
            await image.FlushAsync(Token);
        }

        Check(path, QemuImages.WriteRaw(folder, content));
        await using IDiskImage read = await QemuImages.OpenAsync(path);
        await QemuImages.CheckAsync(read, content);
    }

    [Fact]
    public async Task Stays_sound_over_many_flushes()
    {
        byte[] content = new byte[8 << 20];
        string path = folder.File("new.qcow2");
        await using IDiskImage image = await CreateAsync(path, content.Length, 512);
        var random = new Random(5);
        for (int round = 0; round < 6; round++)
        {
            for (int i = 0; i < 300; i++)
            {
                int offset = random.Next(content.Length - 5000);
                int length = random.Next(1, 5000);
                random.NextBytes(content.AsSpan(offset, length));
                await image.WriteAsync(offset, content.AsMemory(offset, length), Token);
            }

            await image.FlushAsync(Token);
            string copy = folder.File("copy.qcow2");
            File.Copy(path, copy, overwrite: true);
            Check(copy, QemuImages.WriteRaw(folder, content));
        }
    }

    [Fact]
    public async Task Spreads_over_sixteen_tebibytes_with_bounded_tables()
    {
        const long Size = 16L << 40;
        string path = folder.File("new.qcow2");
        byte[] data = new byte[65536];
        data.AsSpan().Fill(0x5A);
        await using (IDiskImage image = await CreateAsync(path, Size, clusterSize: null))
        {
            // More tables than the cache holds, twice over, so that they are written, dropped and read again.
            for (int i = 0; i < 1200; i++)
            {
                await image.WriteAsync((i * 37L % 600 << 34) % Size + (i / 600 * 65536), data, Token);
            }

            await image.FlushAsync(Token);
        }

        Check(path, raw: null);
        await using IDiskImage read = await QemuImages.OpenAsync(path);
        Assert.Equal(1200L * 65536, await QemuImages.DataBytesAsync(read));
    }

    [Fact]
    public async Task Leaves_nothing_that_opens_before_the_first_flush()
    {
        string path = folder.File("new.qcow2");
        await using (IDiskImage image = await CreateAsync(path, 1 << 20, clusterSize: null))
        {
            await image.WriteAsync(0, new byte[] { 1, 2, 3 }, Token);
        }

        Assert.NotEqual(0, ForeignTool.Run("qemu-img", "info", "-f", "qcow2", path).ExitCode);
    }

    [Theory]
    [InlineData(1 << 20, 1000, null)]
    [InlineData(1 << 20, 4 << 20, null)]
    [InlineData(1 << 20, 256, null)]
    [InlineData(1L << 50, 512, null)]
    [InlineData(0, 65536, null)]
    [InlineData(1 << 20, 65536, "v2")]
    public async Task Refuses_what_the_format_cannot_hold(long length, int clusterSize, string? subFormat)
    {
        string path = folder.File("new.qcow2");
        await Assert.ThrowsAsync<UnsupportedFeatureException>(async () => await DiskFormatRegistry.CreateDefault().CreateAsync(
            path, "qcow2", new DiskCreateOptions { Length = length, UniqueId = Guid.NewGuid(), BlockSize = clusterSize, SubFormat = subFormat }, Token));
        Assert.False(File.Exists(path));
    }

    private static ValueTask<IDiskImage> CreateAsync(string path, long length, int? clusterSize) =>
        DiskFormatRegistry.CreateDefault().CreateAsync(
            path, "qcow2", new DiskCreateOptions { Length = length, UniqueId = Guid.NewGuid(), BlockSize = clusterSize }, Token);

    // Writes the data in pieces of any size and order, holes left out, from several threads.
    private static async Task WriteAsync(IDiskImage image, byte[] content, int threads)
    {
        var random = new Random(threads);
        var pieces = new List<(int Offset, int Length)>();
        for (int at = 0; at < content.Length;)
        {
            int length = Math.Min(random.Next(1, 300_000), content.Length - at);
            if (content.AsSpan(at, length).ContainsAnyExcept((byte)0))
            {
                pieces.Add((at, length));
            }

            at += length;
        }

        (int Offset, int Length)[] order = [.. pieces];
        random.Shuffle(order);
        await Parallel.ForEachAsync(order, new ParallelOptions { MaxDegreeOfParallelism = threads }, async (piece, token) =>
            await image.WriteAsync(piece.Offset, content.AsMemory(piece.Offset, piece.Length), token));
    }

    private static void Check(string path, string? raw)
    {
        ForeignTool.Check("qemu-img", "check", "-f", "qcow2", path);
        if (raw is not null)
        {
            ForeignTool.Check("qemu-img", "compare", "-f", "raw", "-F", "qcow2", raw, path);
        }
    }
}
