namespace Portability.Disks.Blocks;

/// <summary>Base of decorators: passes every call on to the device inside. Disposing disposes the device inside.</summary>
public abstract class DelegatingBlockDevice : IBlockDevice
{
    /// <summary>Initialises a decorator.</summary>
    /// <param name="inner">The device inside; owned by the decorator from now on.</param>
    protected DelegatingBlockDevice(IBlockDevice inner) => Inner = inner;

    /// <inheritdoc/>
    public virtual string Name => Inner.Name;

    /// <inheritdoc/>
    public virtual long Length => Inner.Length;

    /// <inheritdoc/>
    public virtual int LogicalSectorSize => Inner.LogicalSectorSize;

    /// <inheritdoc/>
    public virtual BlockDeviceCapabilities Capabilities => Inner.Capabilities;

    /// <summary>The device inside.</summary>
    protected IBlockDevice Inner { get; }

    /// <inheritdoc/>
    public virtual ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        Inner.ReadAsync(offset, buffer, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) =>
        Inner.WriteAsync(offset, buffer, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken) =>
        Inner.ZeroAsync(offset, length, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken) =>
        Inner.TrimAsync(offset, length, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask FlushAsync(CancellationToken cancellationToken) => Inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public virtual IAsyncEnumerable<BlockExtent> QueryExtentsAsync(long offset, long length, CancellationToken cancellationToken) =>
        Inner.QueryExtentsAsync(offset, length, cancellationToken);

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Inner.DisposeAsync().ConfigureAwait(false);
    }
}
