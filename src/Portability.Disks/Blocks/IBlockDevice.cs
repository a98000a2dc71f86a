namespace Portability.Disks.Blocks;

/// <summary>
/// A disk as an array of bytes: a raw file, a block device, an image of any format, a snapshot in a repository, an overlay.
/// Everything is offset-based; there is no position. All members may be called from several threads at once; calls whose
/// ranges overlap are not ordered against each other.
/// </summary>
/// <remarks>
/// Reading and writing is all or error: a call returns when the whole buffer is done, or throws. A range that does not lie
/// inside <c>[0, Length)</c> is an <see cref="ArgumentOutOfRangeException"/>. Any byte alignment is accepted.
/// Conformance: <c>tests/Disks.Tests/BlockDeviceConformanceTests.cs</c>.
/// </remarks>
public interface IBlockDevice : IAsyncDisposable
{
    /// <summary>What the device is called in messages: a path, a URI.</summary>
    string Name { get; }

    /// <summary>Size in bytes; fixed while the device is open.</summary>
    long Length { get; }

    /// <summary>Sector size that the disk shows its guest, in bytes: 512 or 4096.</summary>
    int LogicalSectorSize { get; }

    /// <summary>What the device can do beyond reading.</summary>
    BlockDeviceCapabilities Capabilities { get; }

    /// <summary>Fills the buffer with the bytes at an offset.</summary>
    /// <param name="offset">Offset in bytes.</param>
    /// <param name="buffer">Buffer to fill; owned by the caller.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The bytes cannot be read or do not follow their format.</exception>
    ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes the buffer at an offset. Durable only after <see cref="FlushAsync"/>.</summary>
    /// <param name="offset">Offset in bytes.</param>
    /// <param name="buffer">Bytes to write; owned by the caller.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="NotSupportedException">The device cannot be written.</exception>
    ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Makes a range read as zeros, without storing them where that is possible.</summary>
    /// <param name="offset">Offset in bytes.</param>
    /// <param name="length">Length in bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="NotSupportedException">The device cannot be written.</exception>
    ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken);

    /// <summary>Gives a range up; what it reads as afterwards is not defined. Devices without the capability do nothing.</summary>
    /// <param name="offset">Offset in bytes.</param>
    /// <param name="length">Length in bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken);

    /// <summary>Makes all that was written durable.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Lists the extents of a range: in order, contiguous, without gaps, each at least one byte, together exactly the range.
    /// Neighbours of equal kind may be told apart. Costs metadata only, never reads data to look for zeros.
    /// </summary>
    /// <param name="offset">Offset in bytes.</param>
    /// <param name="length">Length in bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    IAsyncEnumerable<BlockExtent> QueryExtentsAsync(long offset, long length, CancellationToken cancellationToken);
}
