using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Xunit;

namespace Portability.Disks.Tests.Formats;

/// <summary>Random histories of writes and zeros, at any alignment, on images of any unit, against an array.</summary>
public sealed class WrittenImageProperties
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("QCOW2")]
    [InlineData("VMDK")]
    [InlineData("VHD")]
    [InlineData("VHDX")]
    [InlineData("VHDX", 4096)]
    [InlineData("Raw")]
    public async Task An_image_holds_what_was_written(string format, int sectorSize = 512)
    {
        for (int seed = 0; seed < 80; seed++)
        {
            var random = new Random(seed);
            var files = new MemoryDiskFiles();
            DiskFormatRegistry registry = DiskFormatRegistry.CreateDefault(files);
            byte[] expected = new byte[sectorSize * random.Next(1, 5000 * 512 / sectorSize)];
            var options = new DiskCreateOptions
            {
                Length = expected.Length,
                UniqueId = Guid.NewGuid(),
                LogicalSectorSize = sectorSize,
                BlockSize = format switch
                {
                    "QCOW2" => 512 << random.Next(13),
                    "VHD" => (512 << 10) << random.Next(3),
                    "VHDX" => (1 << 20) << random.Next(3),
                    _ => null,
                },
            };
            await using (IDiskImage image = await registry.CreateAsync("/image", format, options, Token))
            {
                for (int i = random.Next(1, 60); i > 0; i--)
                {
                    await ChangeAsync(image, expected, random);
                }

                await image.FlushAsync(Token);
            }

            await using IDiskImage read = await registry.OpenAsync("/image", new DiskOpenOptions { Format = format }, Token);
            await CheckAsync(read, expected, $"{format}, seed {seed}");
        }
    }

    [Theory]
    [InlineData("QCOW2", 4096)]
    [InlineData("VHD", 512 << 10)]
    [InlineData("VHDX", 1 << 20)]
    public async Task An_image_may_be_written_from_several_threads(string format, int blockSize)
    {
        for (int seed = 0; seed < 15; seed++)
        {
            var files = new MemoryDiskFiles();
            DiskFormatRegistry registry = DiskFormatRegistry.CreateDefault(files);
            byte[] expected = new byte[12 * blockSize];
            new Random(seed).NextBytes(expected);
            var options = new DiskCreateOptions { Length = expected.Length, UniqueId = Guid.NewGuid(), BlockSize = blockSize };
            await using (IDiskImage image = await registry.CreateAsync("/image", format, options, Token))
            {
                int part = (blockSize / 2) + (512 * (seed % 5)); // Over the blocks' borders: two threads meet in one block.
                await Parallel.ForEachAsync(
                    Enumerable.Range(0, (expected.Length + part - 1) / part),
                    new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token },
                    async (i, token) =>
                    {
                        long at = (long)i * part;
                        await image.WriteAsync(at, expected.AsMemory((int)at, (int)Math.Min(part, expected.Length - at)), token);
                        await foreach (BlockExtent extent in image.QueryExtentsAsync(0, image.Length, token))
                        {
                            Assert.True(extent.Length > 0);
                        }
                    });
                await image.FlushAsync(Token);
            }

            await using IDiskImage read = await registry.OpenAsync("/image", new DiskOpenOptions { Format = format }, Token);
            await CheckAsync(read, expected, $"{format}, seed {seed}");
        }
    }

    private static async Task ChangeAsync(IDiskImage image, byte[] expected, Random random)
    {
        int offset = random.Next(expected.Length);
        int length = random.Next(Math.Min(expected.Length - offset, 1 << random.Next(1, 19)) + 1);
        switch (random.Next(6))
        {
            case 0:
                expected.AsSpan(offset, length).Clear();
                await image.ZeroAsync(offset, length, Token);
                break;
            case 1:
                await image.FlushAsync(Token);
                break;
            default:
                random.NextBytes(expected.AsSpan(offset, length));
                await image.WriteAsync(offset, expected.AsMemory(offset, length), Token);
                break;
        }
    }

    private static async Task CheckAsync(IDiskImage image, byte[] expected, string what)
    {
        byte[] actual = new byte[expected.Length];
        await image.ReadAsync(0, actual, Token);
        Assert.True(expected.AsSpan().SequenceEqual(actual), what);
        byte[] fromExtents = new byte[expected.Length];
        await foreach (BlockExtent extent in image.AllocatedInThisFileAsync(0, image.Length, Token))
        {
            if (!extent.IsZero)
            {
                await image.ReadAsync(extent.Offset, fromExtents.AsMemory((int)extent.Offset, (int)extent.Length), Token);
            }
        }

        Assert.True(expected.AsSpan().SequenceEqual(fromExtents), what + ": the extents leave data out");
    }
}
