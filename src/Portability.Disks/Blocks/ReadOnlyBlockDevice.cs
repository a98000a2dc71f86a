namespace Portability.Disks.Blocks;

/// <summary>A device that cannot be written, over one that can.</summary>
/// <param name="inner">The device inside; owned from now on.</param>
public sealed class ReadOnlyBlockDevice(IBlockDevice inner) : DelegatingBlockDevice(inner)
{
    /// <inheritdoc/>
    public override BlockDeviceCapabilities Capabilities => Inner.Capabilities & BlockDeviceCapabilities.Extents;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => throw Refused();

    /// <inheritdoc/>
    public override ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken) => throw Refused();

    /// <inheritdoc/>
    public override ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private static NotSupportedException Refused() => new("The device is open for reading only.");
}
