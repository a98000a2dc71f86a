using Portability.Disks.Blocks;
using Xunit;

namespace Portability.Disks.Tests;

/// <summary>What every <see cref="IBlockDevice"/> must do. A device's own test class derives from it and says how to make one.</summary>
public abstract class BlockDeviceConformanceTests
{
    /// <summary>Length of the content that devices are made with, in bytes; a multiple of the sector size.</summary>
    protected virtual int ContentLength => 1_232_896;

    /// <summary>Sector size that the device must show, in bytes.</summary>
    protected virtual int SectorSize => 512;

    /// <summary>True if the device can be written.</summary>
    protected virtual bool Writes => true;

    /// <summary>Makes a device that reads as the content.</summary>
    protected abstract ValueTask<IBlockDevice> MakeAsync(byte[] content);

    /// <summary>Opens what was written and flushed a second time, or returns null if the device does not outlive its object.</summary>
    protected virtual ValueTask<IBlockDevice?> ReopenAsync(IBlockDevice device) => ValueTask.FromResult<IBlockDevice?>(null);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Shows_its_properties()
    {
        await using IBlockDevice device = await MakeAsync(Content());
        Assert.Equal(ContentLength, device.Length);
        Assert.Equal(SectorSize, device.LogicalSectorSize);
        Assert.Equal(Writes, device.Capabilities.HasFlag(BlockDeviceCapabilities.Write));
        Assert.False(string.IsNullOrEmpty(device.Name));
    }

    [Fact]
    public async Task Reads_everything()
    {
        byte[] content = Content();
        await using IBlockDevice device = await MakeAsync(content);
        await CheckReadsAsync(device, content, 0, ContentLength);
    }

    [Fact]
    public async Task Reads_any_range()
    {
        byte[] content = Content();
        await using IBlockDevice device = await MakeAsync(content);
        var random = new Random(11);
        for (int i = 0; i < 300; i++)
        {
            (int offset, int length) = Range(random, i);
            await CheckReadsAsync(device, content, offset, length);
        }
    }

    [Fact]
    public async Task Reads_side_by_side()
    {
        byte[] content = Content();
        await using IBlockDevice device = await MakeAsync(content);
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), Token, async (i, _) =>
        {
            (int offset, int length) = Range(new Random(i), i);
            await CheckReadsAsync(device, content, offset, length);
        });
    }

    [Fact]
    public async Task Refuses_ranges_outside()
    {
        await using IBlockDevice device = await MakeAsync(Content());
        (long Offset, int Length)[] ranges =
            [(-1, 1), (0, ContentLength + 1), (ContentLength, 1), (ContentLength - 1, 2), (long.MaxValue, 1), (long.MinValue, 1), (ContentLength + 1L, 0)];
        foreach ((long offset, int length) in ranges)
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await device.ReadAsync(offset, new byte[length], Token));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await device.TrimAsync(offset, length, Token));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await ExtentsAsync(device, offset, length));
            if (Writes)
            {
                await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await device.WriteAsync(offset, new byte[length], Token));
                await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await device.ZeroAsync(offset, length, Token));
            }
        }
    }

    [Fact]
    public async Task Accepts_empty_ranges()
    {
        await using IBlockDevice device = await MakeAsync(Content());
        foreach (long offset in new long[] { 0, 1, ContentLength })
        {
            await device.ReadAsync(offset, Memory<byte>.Empty, Token);
            await device.TrimAsync(offset, 0, Token);
            Assert.Empty(await ExtentsAsync(device, offset, 0));
        }
    }

    [Fact]
    public async Task Refuses_to_write_when_it_cannot()
    {
        await using IBlockDevice device = await MakeAsync(Content());
        Assert.SkipWhen(Writes, "The device can be written.");
        await Assert.ThrowsAsync<NotSupportedException>(async () => await device.WriteAsync(0, new byte[1], Token));
        await Assert.ThrowsAsync<NotSupportedException>(async () => await device.ZeroAsync(0, 1, Token));
        await device.FlushAsync(Token);
    }

    [Fact]
    public async Task Lists_extents_that_are_exactly_the_range()
    {
        byte[] content = Content();
        await using IBlockDevice device = await MakeAsync(content);
        var random = new Random(12);
        await CheckExtentsAsync(device, content, 0, ContentLength);
        for (int i = 0; i < 60; i++)
        {
            (int offset, int length) = Range(random, i);
            await CheckExtentsAsync(device, content, offset, length);
        }
    }

    [Fact]
    public async Task Keeps_what_is_written()
    {
        byte[] content = Content();
        IBlockDevice device = await MakeAsync(content);
        try
        {
            Assert.SkipWhen(!Writes, "The device cannot be written.");
            var random = new Random(13);
            for (int i = 0; i < 200; i++)
            {
                (int offset, int length) = Range(random, i);
                if (random.Next(3) == 0)
                {
                    content.AsSpan(offset, length).Clear();
                    await device.ZeroAsync(offset, length, Token);
                }
                else
                {
                    random.NextBytes(content.AsSpan(offset, length));
                    await device.WriteAsync(offset, content.AsMemory(offset, length), Token);
                }

                (int from, int count) = Range(random, i);
                await CheckReadsAsync(device, content, from, count);
            }

            await device.FlushAsync(Token);
            await CheckReadsAsync(device, content, 0, ContentLength);
            await CheckExtentsAsync(device, content, 0, ContentLength);
            if (await ReopenAsync(device) is { } second)
            {
                device = second;
                await CheckReadsAsync(device, content, 0, ContentLength);
                await CheckExtentsAsync(device, content, 0, ContentLength);
            }
        }
        finally
        {
            await device.DisposeAsync();
        }
    }

    [Fact]
    public async Task Keeps_what_is_written_side_by_side()
    {
        byte[] content = Content();
        await using IBlockDevice device = await MakeAsync(content);
        Assert.SkipWhen(!Writes, "The device cannot be written.");
        const int Part = 3001;
        await Parallel.ForEachAsync(Enumerable.Range(0, ContentLength / Part), Token, async (i, token) =>
        {
            if (i % 3 != 0)
            {
                new Random(i).NextBytes(content.AsSpan(i * Part, Part));
                await device.WriteAsync(i * Part, content.AsMemory(i * Part, Part), token);
            }
        });
        await device.FlushAsync(Token);
        await CheckReadsAsync(device, content, 0, ContentLength);
    }

    [Fact]
    public async Task Trims_only_the_range()
    {
        byte[] content = Content();
        await using IBlockDevice device = await MakeAsync(content);
        int from = (ContentLength / 3) + 7;
        int to = (ContentLength / 3 * 2) + 5;
        await device.TrimAsync(from, to - from, Token);
        await CheckReadsAsync(device, content, 0, from);
        await CheckReadsAsync(device, content, to, ContentLength - to);
        await device.ReadAsync(from, new byte[to - from], Token);
    }

    [Fact]
    public async Task Stops_when_cancelled()
    {
        await using IBlockDevice device = await MakeAsync(Content());
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await device.ReadAsync(0, new byte[ContentLength], source.Token));
    }

    /// <summary>Checks that a range of the device reads as the same range of the content.</summary>
    protected static async Task CheckReadsAsync(IBlockDevice device, byte[] content, int offset, int length)
    {
        byte[] buffer = new byte[length];
        buffer.AsSpan().Fill(0xA5);
        await device.ReadAsync(offset, buffer, Token);
        int common = buffer.AsSpan().CommonPrefixLength(content.AsSpan(offset, length));
        Assert.True(common == length, $"Reading {length} bytes at {offset}: byte {offset + common} differs.");
    }

    private static async Task<List<BlockExtent>> ExtentsAsync(IBlockDevice device, long offset, long length)
    {
        var extents = new List<BlockExtent>();
        await foreach (BlockExtent extent in device.QueryExtentsAsync(offset, length, Token))
        {
            extents.Add(extent);
        }

        return extents;
    }

    private static async Task CheckExtentsAsync(IBlockDevice device, byte[] content, long offset, long length)
    {
        long at = offset;
        foreach (BlockExtent extent in await ExtentsAsync(device, offset, length))
        {
            Assert.Equal(at, extent.Offset);
            Assert.True(extent.Length > 0);
            at += extent.Length;
            Assert.True(at <= offset + length, "The extents reach beyond the range.");
            if (extent.IsZero)
            {
                Assert.False(
                    content.AsSpan((int)extent.Offset, (int)extent.Length).ContainsAnyExcept((byte)0),
                    $"{extent} holds data.");
            }
        }

        Assert.Equal(offset + length, at);
    }

    private byte[] Content() => SparseContent.Make(7, ContentLength);

    // Every third range is aligned to sectors, every third to 64 KiB, the rest to nothing.
    private (int Offset, int Length) Range(Random random, int index)
    {
        int unit = (index % 3) switch { 0 => 1, 1 => SectorSize, _ => 65536 };
        int offset = random.Next(ContentLength) / unit * unit;
        int longest = Math.Min(ContentLength - offset, random.Next(4) == 0 ? 400_000 : 20_000);
        int length = random.Next(longest + 1);
        return (offset, length >= unit ? length / unit * unit : length);
    }
}
