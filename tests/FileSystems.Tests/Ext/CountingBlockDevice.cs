using Portability.Disks.Blocks;

namespace Portability.FileSystems.Tests.Ext;

/// <summary>Counts what is read.</summary>
internal sealed class CountingBlockDevice(IBlockDevice inner) : DelegatingBlockDevice(inner)
{
    private long bytes;
    private int reads;

    public long Bytes => Volatile.Read(ref bytes);

    public int Reads => Volatile.Read(ref reads);

    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref reads);
        Interlocked.Add(ref bytes, buffer.Length);
        return base.ReadAsync(offset, buffer, cancellationToken);
    }
}
