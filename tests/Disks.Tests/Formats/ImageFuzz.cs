using System.Diagnostics;
using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats;

/// <summary>Opens images with random changes where their tables are: only errors of this product, no long time, no large memory.</summary>
internal static class ImageFuzz
{
    private const int Inputs = 20_000;
    private const long MaximumAllocation = 256 << 20;
    private const long MaximumRead = 4 << 20;
    private static readonly TimeSpan MaximumTime = TimeSpan.FromSeconds(1);

    private static readonly ulong[] Interesting =
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 255, 256, 511, 512, 513, 4095, 4096, 65535, 65536, 1 << 20, 3 << 20, 1 << 25, int.MaxValue, uint.MaxValue, 1UL << 32, 1UL << 46, long.MaxValue, ulong.MaxValue];

    /// <summary>Runs the opening of an image, and reading from it, over changed inputs.</summary>
    /// <param name="files">Where parents are.</param>
    /// <param name="paths">Sound images among the files.</param>
    /// <param name="tables">Where an image's tables are.</param>
    /// <param name="fixChecksums">Makes checksums fit again in two thirds of the inputs.</param>
    public static async Task RunAsync(
        MemoryDiskFiles files, string[] paths, Func<string, (long Offset, int Length)[]> tables, Action<PatchedBlockDevice> fixChecksums)
    {
        DiskFormatRegistry registry = DiskFormatRegistry.CreateDefault(files);
        var random = new Random(2026);
        byte[] buffer = new byte[70_000];
        int refused = 0;
        int inputs = Inputs * MutationFuzz.Factor;
        for (int i = 0; i < inputs; i++)
        {
            string path = paths[i % paths.Length];
            var device = new PatchedBlockDevice(files.Files[path]);
            for (int changes = random.Next(1, 4); changes > 0; changes--)
            {
                Change(random, device, tables(path));
            }

            if (i % 3 != 0)
            {
                fixChecksums(device);
            }

            var options = new DiskOpenOptions { DamageTolerance = i % 7 == 0 ? DamageTolerance.WrongChecksum : DamageTolerance.None, Format = registry.Formats.First(format => path.EndsWith(format.Extensions[0], StringComparison.Ordinal)).Name };
            // Every hundredth is read to its end, as a capture would.
            bool whole = i % 100 == 0;
            (bool wasRefused, TimeSpan taken) = await MeasureAsync($"Input {i} of {path}");
            refused += wasRefused ? 1 : 0;
            if (taken > MaximumTime)
            {
                // A machine that is busy with other things is no fault of the input: the best of two counts.
                taken = (await MeasureAsync($"Input {i} of {path}")).Taken;
            }

            Assert.True(taken <= MaximumTime, $"Input {i} of {path} took {taken}.");

            async Task<(bool Refused, TimeSpan Taken)> MeasureAsync(string what)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                long start = Stopwatch.GetTimestamp();
                bool isRefused = false;
                try
                {
                    await using IDiskImage image = await registry.OpenAsync(device, path, options, CancellationToken.None);
                    await UseAsync(image, random, buffer, whole);
                }
                catch (PortabilityException)
                {
                    isRefused = true;
                }
                catch (Exception other)
                {
                    Assert.Fail($"{what}: {other}");
                }

                Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MaximumAllocation, $"{what} took too much memory.");
                return (isRefused, Stopwatch.GetElapsedTime(start));
            }
        }

        Assert.InRange(refused, inputs / 20, inputs - (inputs / 20));
    }

    private static async Task UseAsync(IDiskImage image, Random random, byte[] buffer, bool whole)
    {
        for (long at = 0; whole && at < Math.Min(image.Length, MaximumRead); at += buffer.Length)
        {
            await image.ReadAsync(at, buffer.AsMemory(0, (int)Math.Min(image.Length - at, buffer.Length)), CancellationToken.None);
        }

        await image.ReadAsync(0, buffer.AsMemory(0, (int)Math.Min(image.Length, buffer.Length)), CancellationToken.None);
        long offset = random.NextInt64(image.Length);
        await image.ReadAsync(offset, buffer.AsMemory(0, (int)Math.Min(image.Length - offset, 5000)), CancellationToken.None);
        foreach (IAsyncEnumerable<BlockExtent> extents in new[]
        {
            image.QueryExtentsAsync(0, image.Length, CancellationToken.None), image.AllocatedInThisFileAsync(0, image.Length, CancellationToken.None),
        })
        {
            await foreach (BlockExtent extent in extents.Take(2000))
            {
                Assert.True(extent.Length > 0 && extent.End <= image.Length);
            }
        }
    }

    private static void Change(Random random, PatchedBlockDevice device, (long Offset, int Length)[] tables)
    {
        if (random.Next(60) == 0)
        {
            device.Cut(random.NextInt64(device.Length));
            return;
        }

        (long start, int length) = tables[random.Next(tables.Length)];
        long at = start + random.Next(length);
        byte[] bytes = new byte[1 << random.Next(4)];
        if (random.Next(3) == 0)
        {
            random.NextBytes(bytes);
        }
        else
        {
            ulong value = Interesting[random.Next(Interesting.Length)];
            bool bigEndian = random.Next(2) == 0;
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[bigEndian ? bytes.Length - 1 - i : i] = (byte)(value >> (8 * i));
            }

            at -= at % bytes.Length; // Fields are aligned to their size, mostly.
        }

        device.Patch(at, bytes);
    }
}
