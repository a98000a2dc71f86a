using System.Runtime.CompilerServices;

namespace Portability.Disks.Blocks;

/// <summary>A part of a device as a device, such as a partition.</summary>
public sealed class SubrangeBlockDevice : DelegatingBlockDevice
{
    private readonly long start;
    private readonly bool ownsInner;

    /// <summary>Initialises a part.</summary>
    /// <param name="inner">The whole device.</param>
    /// <param name="start">Offset of the part in bytes.</param>
    /// <param name="length">Length of the part in bytes.</param>
    /// <param name="ownsInner">True to dispose the whole device with the part.</param>
    /// <param name="name">Name for messages, or null for the device's.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part does not lie inside the device.</exception>
    public SubrangeBlockDevice(IBlockDevice inner, long start, long length, bool ownsInner, string? name = null)
        : base(inner)
    {
        BlockRange.Check(start, length, inner.Length);
        this.start = start;
        this.ownsInner = ownsInner;
        Length = length;
        Name = name ?? inner.Name;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        Inner.ReadAsync(Map(offset, buffer.Length), buffer, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) =>
        Inner.WriteAsync(Map(offset, buffer.Length), buffer, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken) =>
        Inner.ZeroAsync(Map(offset, length), length, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken) =>
        Inner.TrimAsync(Map(offset, length), length, cancellationToken);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<BlockExtent> QueryExtentsAsync(
        long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlockExtent extent in Inner.QueryExtentsAsync(Map(offset, length), length, cancellationToken).ConfigureAwait(false))
        {
            yield return extent with { Offset = extent.Offset - start };
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ownsInner ? base.DisposeAsync() : ValueTask.CompletedTask;

    private long Map(long offset, long length)
    {
        BlockRange.Check(offset, length, Length);
        return start + offset;
    }
}
