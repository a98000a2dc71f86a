using Portability.Disks.Blocks;
using Portability.Engine.Disks;
using Xunit;

namespace Portability.Engine.Tests.Disks;

public sealed class BlockCopierTests
{
    [Theory]
    [InlineData(1, 5_000_001, true)]
    [InlineData(2, 3_145_728, true)]
    [InlineData(3, 4_200_000, false)]
    [InlineData(4, 1, true)]
    public async Task Copies_all_bytes_and_counts_them(int seed, int length, bool targetIsZero)
    {
        byte[] content = SparseContent.Make(seed, length);
        byte[] before = targetIsZero ? new byte[length] : SparseContent.Make(seed + 100, length, dataShare: 1);
        await using var source = new MemoryBlockDevice(content.ToArray());
        await using var target = new MemoryBlockDevice(before);
        long passed = 0;
        long written = await BlockCopier.CopyAsync(
            source, target, new BlockCopyOptions { ChunkSize = 1 << 18, TargetIsZero = targetIsZero }, (bytes, _) => Interlocked.Add(ref passed, bytes), CancellationToken.None);
        byte[] read = new byte[length];
        await target.ReadAsync(0, read, CancellationToken.None);
        Assert.Equal(content, read);
        Assert.Equal(length, passed);
        Assert.InRange(written, 0, length);
    }

    [Fact]
    public async Task Zeros_are_not_written()
    {
        byte[] content = new byte[1 << 22];
        content[3 << 20] = 1;
        await using var source = new MemoryBlockDevice(content);
        await using var target = new MemoryBlockDevice(new byte[1 << 22]);
        Assert.InRange(await BlockCopier.CopyAsync(source, target, new BlockCopyOptions(), (_, _) => { }, CancellationToken.None), 1, 64 << 10);
    }

    [Fact]
    public async Task Stops_when_cancelled()
    {
        await using var source = new MemoryBlockDevice(SparseContent.Make(1, 1 << 22, dataShare: 1));
        await using var target = new MemoryBlockDevice(new byte[1 << 22]);
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => BlockCopier.CopyAsync(
            source, target, new BlockCopyOptions { ChunkSize = 1 << 16, Parallelism = 1 }, (_, _) => cancel.Cancel(), cancel.Token));
    }
}
