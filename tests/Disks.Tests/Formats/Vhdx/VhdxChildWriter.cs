using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Disks.Formats.Vhdx;

namespace Portability.Disks.Tests.Formats.Vhdx;

/// <summary>Writes differencing VHDXs, which no tool at hand makes: blocks that are absent, zero, whole and in part.</summary>
internal static class VhdxChildWriter
{
    public static async Task<byte[]> WriteAsync(ChildContent child, Guid id, IReadOnlyDictionary<string, string> locator, uint blockSize)
    {
        var metadata = new VhdxMetadata
        {
            BlockSize = blockSize,
            LeaveBlocksAllocated = false,
            HasParent = true,
            Length = (ulong)child.Content.Length,
            DiskId = id,
            LogicalSectorSize = (uint)child.SectorSize,
            PhysicalSectorSize = 4096,
            ParentLocator = new VhdxParentLocator(locator),
        };
        var creator = new VhdxCreator(metadata, new DiskCreateOptions { Length = child.Content.Length, UniqueId = id });
        var file = new MemoryBlockDevice(0);
        await creator.WriteTablesAsync(file, CancellationToken.None);
        var geometry = new VhdxBlockGeometry(metadata);
        using VhdxBlockAllocationTable table = creator.OpenTable(file);
        int perBlock = (int)(blockSize / child.SectorSize);
        for (long chunk = 0; chunk * geometry.ChunkRatio < geometry.PayloadCount; chunk++)
        {
            byte[] bitmap = new byte[VhdxLayout.Alignment];
            bool partial = false;
            for (long block = chunk * geometry.ChunkRatio; block < Math.Min((chunk + 1) * geometry.ChunkRatio, geometry.PayloadCount); block++)
            {
                int first = (int)block * perBlock;
                int count = Math.Min(perBlock, child.Changed.Length - first);
                ReadOnlyMemory<bool> changed = child.Changed.AsMemory(first, count);
                if (!changed.Span.Contains(true))
                {
                    continue;
                }

                bool whole = !changed.Span.Contains(false);
                partial |= !whole;
                ReadOnlyMemory<byte> bytes = child.Content.AsMemory(first * child.SectorSize, count * child.SectorSize);
                if (whole && !bytes.Span.ContainsAnyExcept((byte)0))
                {
                    await table.SetAsync(geometry.PayloadEntry(block), new VhdxTableEntry(VhdxBlockState.Zero, 0), CancellationToken.None);
                    continue;
                }

                byte[] stored = new byte[blockSize];
                new Random((int)block).NextBytes(stored); // What is not the child's must never show.
                for (int i = 0; i < count; i++)
                {
                    if (changed.Span[i])
                    {
                        child.Sector(first + i).CopyTo(stored.AsSpan(i * child.SectorSize));
                        long bit = ((block % geometry.ChunkRatio) * perBlock) + i;
                        bitmap[bit / 8] |= (byte)(1 << (int)(bit % 8));
                    }
                }

                long at = await AppendAsync(file, stored);
                VhdxBlockState state = whole ? VhdxBlockState.FullyPresent : VhdxBlockState.PartiallyPresent;
                await table.SetAsync(geometry.PayloadEntry(block), new VhdxTableEntry(state, at), CancellationToken.None);
            }

            if (partial)
            {
                await table.SetAsync(
                    geometry.BitmapEntry(chunk * geometry.ChunkRatio), new VhdxTableEntry(VhdxBlockState.FullyPresent, await AppendAsync(file, bitmap)), CancellationToken.None);
            }
        }

        await table.WriteAsync(CancellationToken.None);
        byte[] bytesOfFile = new byte[file.Length];
        await file.ReadAsync(0, bytesOfFile, CancellationToken.None);
        return bytesOfFile;
    }

    private static async Task<long> AppendAsync(MemoryBlockDevice file, byte[] bytes)
    {
        long at = file.Length;
        await file.SetLengthAsync(at + bytes.Length, CancellationToken.None);
        await file.WriteAsync(at, bytes, CancellationToken.None);
        return at;
    }
}
