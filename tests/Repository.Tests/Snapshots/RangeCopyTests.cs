using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Snapshots;
using Xunit;

namespace Portability.Repository.Tests.Snapshots;

public sealed class RangeCopyTests
{
    [Theory]
    [InlineData(4096, true, 1)]
    [InlineData(4096, false, 3)]
    [InlineData(65536, true, 2)]
    [InlineData(65536, false, 2)]
    public async Task AnyRangeIsCopiedAsItIsRead(int blockSize, bool inOrder, int workers)
    {
        using var repository = new TestRepository(blockSize);
        var random = new Random(blockSize + workers);
        long length = (blockSize * (blockSize > 4096 ? 400L : 3000L)) + 512;
        byte[] expected = new byte[length];
        SnapshotContent? content = null;
        for (int capture = 0; capture < 4; capture++)
        {
            content = await repository.CaptureAsync(Changes(random, expected, blockSize), length, content);
        }

        SnapshotReader reader = repository.Reader(content!);
        for (int copy = 0; copy < 6; copy++)
        {
            long offset = copy == 0 ? 0 : random.NextInt64(length);
            long count = copy == 0 ? length : random.NextInt64(length - offset);
            byte[] target = new byte[count];
            long last = -1;
            bool isAscending = true;
            await reader.CopyAsync(
                0,
                offset,
                count,
                (at, bytes, _) =>
                {
                    isAscending &= at > last;
                    last = at;
                    bytes.CopyTo(target.AsMemory((int)(at - offset)));
                    return ValueTask.CompletedTask;
                },
                new RangeCopyOptions { Workers = workers, InOrder = inOrder },
                CancellationToken.None);
            Assert.True(isAscending || !inOrder);
            Assert.True(target.AsSpan().SequenceEqual(expected.AsSpan((int)offset, (int)count)));
        }
    }

    [Fact]
    public async Task DamageIsNamedAndAllElseIsCopied()
    {
        using var repository = new TestRepository(65536);
        byte[] expected = new byte[65536 * 40];
        SnapshotContent content = await repository.CaptureAsync(Changes(new Random(3), expected, 65536), expected.Length);
        WrittenObject pack = content.Written.Single(item => item.Kind == ObjectKind.Pack);
        BlobName name = RepositoryNames.StoredObject(ObjectKind.Pack, BlockSet.Data, pack.Id);
        byte[] bytes = await repository.Store.ReadAllAsync(name, 1 << 30, CancellationToken.None);
        bytes[200] ^= 4; // in the first frame
        using TestRepository damaged = await repository.WithAsync(name, bytes);
        SnapshotReader reader = damaged.Reader(content);
        IntegrityException error = await Assert.ThrowsAsync<IntegrityException>(
            () => reader.CopyAsync(0, 0, expected.Length, static (_, _, _) => ValueTask.CompletedTask, new RangeCopyOptions(), CancellationToken.None));
        Assert.Equal((name.Value, 96L), (error.TargetName, error.Offset));
        Assert.Contains("disk 0", error.Message, StringComparison.Ordinal);

        byte[] target = new byte[expected.Length];
        var told = new List<(long Offset, int Length)>();
        var options = new RangeCopyOptions { OnDamage = (offset, length, _) => told.Add((offset, length)), InOrder = true };
        await reader.CopyAsync(
            0,
            0,
            expected.Length,
            (at, copied, _) =>
            {
                copied.CopyTo(target.AsMemory((int)at));
                return ValueTask.CompletedTask;
            },
            options,
            CancellationToken.None);
        Assert.InRange(told.Count, 1, 4);
        foreach ((long offset, int length) in told)
        {
            Assert.True(target.AsSpan((int)offset, length).IndexOfAnyExcept((byte)0) < 0);
            expected.AsSpan((int)offset, length).Clear();
        }

        Assert.True(target.AsSpan().SequenceEqual(expected));
    }

    [Fact]
    public async Task AnErrorOfTheSinkEndsTheCopy()
    {
        using var repository = new TestRepository(65536);
        byte[] expected = new byte[65536 * 400];
        SnapshotContent content = await repository.CaptureAsync(Changes(new Random(3), expected, 65536), expected.Length);
        await Assert.ThrowsAsync<StorageException>(() => repository.Reader(content).CopyAsync(
            0,
            0,
            expected.Length,
            static (_, _, _) => throw new StorageException("Full", ErrorKind.WriteFailed, "Failed to write 'x': full.", "Free some room."),
            new RangeCopyOptions { InOrder = true },
            CancellationToken.None));
    }

    private static SortedDictionary<long, byte[]> Changes(Random random, byte[] expected, int blockSize)
    {
        var changes = new SortedDictionary<long, byte[]>();
        int blocks = (expected.Length + blockSize - 1) / blockSize;
        for (int block = 0; block < blocks; block++)
        {
            if (random.Next(3) == 0)
            {
                continue;
            }

            Span<byte> target = expected.AsSpan(block * blockSize, Math.Min(blockSize, expected.Length - (block * blockSize)));
            int kind = random.Next(6);
            if (kind == 0)
            {
                target.Clear();
            }
            else if (kind == 1)
            {
                target.Fill((byte)random.Next(1, 4));
            }
            else
            {
                random.NextBytes(target[..(target.Length / kind)]);
            }

            changes.Add(block, target.ToArray());
        }

        return changes;
    }
}
