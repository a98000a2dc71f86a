using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Xunit;

namespace Portability.Disks.Tests.Formats;

/// <summary>Writers that are cut off at each of their calls: what was flushed before must be readable from what is left.</summary>
public sealed class CutWriterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("VHD", "Dynamic")]
    [InlineData("VHD", "Fixed")]
    [InlineData("VHDX", "Dynamic")]
    [InlineData("VHDX", "Fixed")]
    public async Task What_was_flushed_stays(string format, string subFormat)
    {
        const int Length = 6 << 20;
        byte[] first = SparseContent.Make(1, Length, longestRun: 900_000);
        byte[] second = SparseContent.Make(2, Length, longestRun: 900_000);
        bool finished = false;
        for (int step = 0; !finished; step++)
        {
            foreach (BlockFault fault in (BlockFault[])[BlockFault.Cut, BlockFault.Tear])
            {
                int calls = -1;
                bool torn = false;
                var files = new FaultyFiles(operation =>
                {
                    if (torn)
                    {
                        return BlockFault.Cut;
                    }

                    torn = calls >= 0 && operation.Kind != BlockOperationKind.Read && calls++ == step;
                    return torn ? fault : BlockFault.None;
                });
                DiskFormatRegistry registry = DiskFormatRegistry.CreateDefault(files);
                IDiskImage image = await registry.CreateAsync(
                    "/new", format, new DiskCreateOptions { Length = Length, UniqueId = Guid.NewGuid(), SubFormat = subFormat, BlockSize = format == "VHD" ? 512 << 10 : 1 << 20 }, Token);

                // The first half is written and flushed, then the second half is written until the cut.
                await image.WriteAsync(0, first.AsMemory(0, Length / 2), Token);
                await image.FlushAsync(Token);
                calls = 0;
                Exception? error = await Record.ExceptionAsync(async () =>
                {
                    await image.WriteAsync(Length / 2, second.AsMemory(Length / 2), Token);
                    await image.FlushAsync(Token);
                });
                await image.DisposeAsync();
                finished = error is null;
                Assert.True(finished || error is StorageException, error?.ToString());
                await using IDiskImage left = await DiskFormatRegistry.CreateDefault(files.Sound).OpenAsync("/new", new DiskOpenOptions { Format = format }, Token);
                byte[] read = new byte[Length / 2];
                await left.ReadAsync(0, read, Token);
                Assert.Equal(read.Length, read.AsSpan().CommonPrefixLength(first));
                if (finished)
                {
                    await left.ReadAsync(Length / 2, read, Token);
                    Assert.Equal(read.Length, read.AsSpan().CommonPrefixLength(second.AsSpan(Length / 2)));
                }
            }
        }
    }
}
