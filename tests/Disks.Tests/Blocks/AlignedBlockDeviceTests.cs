using Portability.Disks.Blocks;

namespace Portability.Disks.Tests.Blocks;

public sealed class AlignedBlockDeviceTests : BlockDeviceConformanceTests
{
    protected override ValueTask<IBlockDevice> MakeAsync(byte[] content) =>
        ValueTask.FromResult<IBlockDevice>(new AlignedBlockDevice(new SectorsOnlyDevice(new MemoryBlockDevice(content)), 4096));

    /// <summary>Refuses what is not made of whole sectors of 4096 bytes.</summary>
    private sealed class SectorsOnlyDevice(IBlockDevice inner) : DelegatingBlockDevice(inner)
    {
        public override ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            Check(offset, buffer.Length);
            return base.ReadAsync(offset, buffer, cancellationToken);
        }

        public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
        {
            Check(offset, buffer.Length);
            return base.WriteAsync(offset, buffer, cancellationToken);
        }

        public override ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken)
        {
            Check(offset, length);
            return base.ZeroAsync(offset, length, cancellationToken);
        }

        private static void Check(long offset, long length)
        {
            if (((offset | length) & 4095) != 0)
            {
                throw new InvalidOperationException($"{length} bytes at {offset} are not whole sectors.");
            }
        }
    }
}
