using System.Runtime.CompilerServices;
using Portability.Disks.Blocks;

namespace Portability.Disks.Tests;

/// <summary>A read-only device over an array that stays the caller's, so that a fuzzer can change it without copies.</summary>
internal sealed class ArrayBlockDevice(ReadOnlyMemory<byte> content, int sectorSize = 512) : IBlockDevice
{
    public string Name => "array";

    public long Length => content.Length;

    public int LogicalSectorSize => sectorSize;

    public BlockDeviceCapabilities Capabilities => BlockDeviceCapabilities.None;

    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        content.Slice((int)offset, buffer.Length).CopyTo(buffer);
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async IAsyncEnumerable<BlockExtent> QueryExtentsAsync(
        long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask;
        BlockRange.Check(offset, length, Length);
        if (length > 0)
        {
            yield return new BlockExtent(offset, length, ExtentKind.Data);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
