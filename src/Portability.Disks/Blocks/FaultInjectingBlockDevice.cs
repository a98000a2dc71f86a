namespace Portability.Disks.Blocks;

/// <summary>Makes calls on a device fail as a plan says: for tests of what happens when media, cables and power fail.</summary>
public sealed class FaultInjectingBlockDevice : DelegatingBlockDevice, IResizableBlockDevice
{
    private readonly Func<BlockOperation, BlockFault> plan;
    private long count;
    private volatile bool cut;

    /// <summary>Initialises a decorator.</summary>
    /// <param name="inner">The device inside; owned from now on.</param>
    /// <param name="plan">Says for each call what goes wrong; called from several threads at once.</param>
    public FaultInjectingBlockDevice(IBlockDevice inner, Func<BlockOperation, BlockFault> plan)
        : base(inner)
    {
        this.plan = plan;
    }

    /// <summary>Calls made so far.</summary>
    public long OperationCount => Interlocked.Read(ref count);

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        BlockFault fault = Begin(BlockOperationKind.Read, offset, buffer.Length);
        int done = fault == BlockFault.Tear ? buffer.Length / 2 : buffer.Length;
        await Inner.ReadAsync(offset, buffer[..done], cancellationToken).ConfigureAwait(false);
        if (fault == BlockFault.Tear)
        {
            throw Failed("read", offset);
        }

        if (fault == BlockFault.Corrupt && buffer.Length > 0)
        {
            buffer.Span[(int)(offset % buffer.Length)] ^= 1;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        bool isTorn = Begin(BlockOperationKind.Write, offset, buffer.Length) == BlockFault.Tear;
        await Inner.WriteAsync(offset, isTorn ? buffer[..(buffer.Length / 2)] : buffer, cancellationToken).ConfigureAwait(false);
        if (isTorn)
        {
            throw Failed("write", offset);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        bool isTorn = Begin(BlockOperationKind.Zero, offset, length) == BlockFault.Tear;
        await Inner.ZeroAsync(offset, isTorn ? length / 2 : length, cancellationToken).ConfigureAwait(false);
        if (isTorn)
        {
            throw Failed("write", offset);
        }
    }

    /// <inheritdoc/>
    public override ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        Begin(BlockOperationKind.Trim, offset, length);
        return Inner.TrimAsync(offset, length, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Begin(BlockOperationKind.Flush, 0, 0);
        return Inner.FlushAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask SetLengthAsync(long length, CancellationToken cancellationToken)
    {
        Begin(BlockOperationKind.SetLength, 0, length);
        return Inner is IResizableBlockDevice resizable
            ? resizable.SetLengthAsync(length, cancellationToken)
            : throw new NotSupportedException("The device inside has a fixed length.");
    }

    private BlockFault Begin(BlockOperationKind kind, long offset, long length)
    {
        BlockFault fault = plan(new BlockOperation(Interlocked.Increment(ref count) - 1, kind, offset, length));
        if (fault == BlockFault.Cut)
        {
            cut = true;
        }

        return cut || fault == BlockFault.Fail
            ? throw Failed(kind is BlockOperationKind.Read ? "read" : "write", offset)
            : fault;
    }

    private StorageException Failed(string verb, long offset) => new(
        verb is "read" ? "ReadFailed" : "WriteFailed",
        verb is "read" ? ErrorKind.ReadFailed : ErrorKind.WriteFailed,
        FormattableString.Invariant($"Failed to {verb} '{Name}' at 0x{offset:X}: an injected fault."),
        "Check the medium and the path, and run the cmdlet again.",
        Name);
}
