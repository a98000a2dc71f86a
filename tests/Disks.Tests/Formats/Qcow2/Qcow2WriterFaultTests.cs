using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Disks.Formats.Qcow2;
using Xunit;

namespace Portability.Disks.Tests.Formats.Qcow2;

/// <summary>A writer whose medium fails or whose power is cut, at every single call.</summary>
public sealed class Qcow2WriterFaultTests
{
    private const int Length = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keeps_what_was_flushed_wherever_it_is_cut()
    {
        byte[] first = SparseContent.Make(1, Length / 2, dataShare: 1);
        byte[] second = SparseContent.Make(2, Length / 2, dataShare: 1);
        int opened = 0;
        for (long cut = 0; ; cut++)
        {
            var file = new MemoryBlockDevice(0);
            long flushedAt = long.MaxValue;
            bool whole = false;
            var faulty = new FaultInjectingBlockDevice(file, operation => operation.Index == cut ? BlockFault.Cut : BlockFault.None);
            try
            {
                await using IDiskImage image = await CreateAsync(faulty);
                await image.WriteAsync(0, first, Token);
                await image.FlushAsync(Token);
                flushedAt = faulty.OperationCount;
                await image.WriteAsync(Length / 2, second, Token);
                await image.FlushAsync(Token);
                whole = true;
            }
            catch (StorageException error)
            {
                Assert.Equal("WriteFailed", error.ErrorId);
            }

            if (flushedAt <= cut)
            {
                opened++;
                await using IDiskImage read = await DiskFormatRegistry.CreateDefault(new MemoryDiskFiles()).OpenAsync(file, null, null, Token);
                Assert.Equal("QCOW2", read.FormatName);
                byte[] actual = new byte[Length];
                await read.ReadAsync(0, actual, Token);
                Assert.True(actual.AsSpan(0, Length / 2).SequenceEqual(first), $"Cut at call {cut}: what was flushed is not there.");
                Assert.True(!whole || actual.AsSpan(Length / 2).SequenceEqual(second));
            }

            if (whole)
            {
                break;
            }
        }

        Assert.InRange(opened, 5, int.MaxValue);
    }

    [Fact]
    public async Task Refuses_use_after_a_failed_write()
    {
        bool fail = false;
        await using IDiskImage image = await CreateAsync(new FaultInjectingBlockDevice(
            new MemoryBlockDevice(0), operation => fail && operation.Kind == BlockOperationKind.Write ? BlockFault.Fail : BlockFault.None));
        await image.WriteAsync(0, new byte[10], Token);
        fail = true;
        await Assert.ThrowsAsync<StorageException>(async () => await image.WriteAsync(100_000, new byte[10], Token));
        fail = false;
        foreach (Func<ValueTask> use in new Func<ValueTask>[]
        {
            () => image.WriteAsync(0, new byte[10], Token),
            () => image.ZeroAsync(0, 10, Token),
            () => image.FlushAsync(Token),
        })
        {
            StorageException error = await Assert.ThrowsAsync<StorageException>(async () => await use());
            Assert.Equal("ObjectUnusable", error.ErrorId);
        }
    }

    private static async Task<IDiskImage> CreateAsync(IResizableBlockDevice file) => await Qcow2Writer.CreateAsync(
        file,
        "/new.qcow2",
        Qcow2Layout.Plan(new Qcow2Format(), new DiskCreateOptions { Length = Length, UniqueId = Guid.NewGuid(), BlockSize = 4096 }, "/new.qcow2"),
        Token);
}
