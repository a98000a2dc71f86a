using System.Runtime.CompilerServices;

namespace Portability.Disks.Blocks;

/// <summary>A device of any length that reads as zeros and cannot be written.</summary>
/// <param name="length">Length in bytes.</param>
/// <param name="logicalSectorSize">Sector size in bytes.</param>
public sealed class ZeroBlockDevice(long length, int logicalSectorSize = 512) : IBlockDevice
{
    /// <inheritdoc/>
    public string Name => "zeros";

    /// <inheritdoc/>
    public long Length => length;

    /// <inheritdoc/>
    public int LogicalSectorSize => logicalSectorSize;

    /// <inheritdoc/>
    public BlockDeviceCapabilities Capabilities => BlockDeviceCapabilities.Extents;

    /// <inheritdoc/>
    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        BlockRange.Check(offset, buffer.Length, length);
        buffer.Span.Clear();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => throw Refused();

    /// <inheritdoc/>
    public ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken) => throw Refused();

    /// <inheritdoc/>
    public ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlockExtent> QueryExtentsAsync(
        long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        BlockRange.Check(offset, length, Length);
        if (length > 0)
        {
            yield return new BlockExtent(offset, length, ExtentKind.Hole);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static NotSupportedException Refused() => new("The device cannot be written.");
}
