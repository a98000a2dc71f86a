using System.Buffers;
using Portability.Disks.Blocks;

namespace Portability.FileSystems.Ext;

/// <summary>Blocks, group descriptors and inodes of a volume. Thread-safe; the device stays the caller's.</summary>
/// <remarks>ext4 data structures, "Block Group Descriptors", "Inode Table".</remarks>
internal sealed class ExtBlocks
{
    /// <summary>Initialises a reader.</summary>
    /// <param name="device">The volume.</param>
    /// <param name="superblock">Its superblock.</param>
    public ExtBlocks(IBlockDevice device, ExtSuperblock superblock)
    {
        Device = device;
        Superblock = superblock;
    }

    /// <summary>The volume.</summary>
    public IBlockDevice Device { get; }

    /// <summary>Its superblock.</summary>
    public ExtSuperblock Superblock { get; }

    /// <summary>Its name in errors.</summary>
    public string Name => Device.Name;

    /// <summary>Blocks that its device has; fewer than the superblock says where the partition is too short.</summary>
    public ulong BlocksThere => Math.Min(Superblock.BlockCount, (ulong)Device.Length >> Superblock.BlockSizeBits);

    /// <summary>True if the device has fewer blocks than the superblock says.</summary>
    public bool IsTruncated => BlocksThere < Superblock.BlockCount;

    /// <summary>Offset of a block in bytes.</summary>
    public long OffsetOf(ulong block) => (long)(block << Superblock.BlockSizeBits);

    /// <summary>Refuses blocks outside the volume.</summary>
    /// <param name="block">First block.</param>
    /// <param name="count">Blocks.</param>
    /// <param name="structure">What names them.</param>
    /// <exception cref="InvalidFormatException">They do not lie inside.</exception>
    public void Require(ulong block, ulong count, string structure)
    {
        ulong there = BlocksThere;
        if (block < Superblock.FirstDataBlock || block >= there || count > there - block)
        {
            throw ExtErrors.Invalid(Name, structure, -1, FormattableString.Invariant($"it names {count} blocks from {block}, and the volume has {there}"));
        }
    }

    /// <summary>Reads a whole block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="structure">What it holds, for errors.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask<byte[]> ReadBlockAsync(ulong block, string structure, CancellationToken cancellationToken)
    {
        Require(block, 1, structure);
        byte[] bytes = new byte[Superblock.BlockSize];
        await Device.ReadAsync(OffsetOf(block), bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    /// <summary>Reads the descriptor of a group and checks it.</summary>
    /// <param name="group">The group.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">Its checksum is wrong.</exception>
    public async ValueTask<ExtGroupDescriptor> ReadDescriptorAsync(uint group, CancellationToken cancellationToken)
    {
        long offset = DescriptorOffset(group);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Superblock.DescriptorSize);
        try
        {
            Memory<byte> source = bytes.AsMemory(0, Superblock.DescriptorSize);
            await Device.ReadAsync(offset, source, cancellationToken).ConfigureAwait(false);
            ExtGroupDescriptor descriptor = ExtGroupDescriptor.Read(source.Span, Superblock.DescriptorSize >= ExtGroupDescriptor.WideSize);
            return ExtGroupDescriptor.ComputeChecksum(source.Span, group, Superblock) is { } computed && computed != descriptor.Checksum
                ? throw ExtErrors.Checksum(Name, $"descriptor of group {group}", offset, descriptor.Checksum, computed)
                : descriptor;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Reads an inode and checks it.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Null if there is no such number, or it was never used.</returns>
    /// <exception cref="InvalidFormatException">It is damaged.</exception>
    public async ValueTask<ExtInode?> TryReadInodeAsync(uint number, CancellationToken cancellationToken)
    {
        if (number == 0 || number > Superblock.InodeCount)
        {
            return null;
        }

        uint group = (number - 1) / Superblock.InodesPerGroup, index = (number - 1) % Superblock.InodesPerGroup;
        ExtGroupDescriptor descriptor = await ReadDescriptorAsync(group, cancellationToken).ConfigureAwait(false);
        bool keepsUnused = Superblock.HasMetadataChecksums || Superblock.ReadOnly.HasFlag(ExtReadOnlyFeatures.DescriptorChecksums);
        if (keepsUnused && ((descriptor.Flags & ExtGroupDescriptor.InodesUninitialised) != 0 || index >= Superblock.InodesPerGroup - Math.Min(descriptor.UnusedInodes, Superblock.InodesPerGroup)))
        {
            return null;
        }

        ulong block = descriptor.InodeTable + ((ulong)index * (uint)Superblock.InodeSize >> Superblock.BlockSizeBits);
        Require(block, 1, $"inode table of group {group}");
        long offset = OffsetOf(block) + ((long)index * Superblock.InodeSize & (Superblock.BlockSize - 1));
        byte[] bytes = new byte[Superblock.InodeSize];
        await Device.ReadAsync(offset, bytes, cancellationToken).ConfigureAwait(false);
        return ExtInode.Read(number, bytes, offset, Superblock, Name);
    }

    /// <summary>Offset of the descriptor of a group, in bytes.</summary>
    /// <param name="group">The group.</param>
    /// <exception cref="InvalidFormatException">It lies outside the volume.</exception>
    public long DescriptorOffset(uint group)
    {
        uint perBlock = (uint)(Superblock.BlockSize / Superblock.DescriptorSize);
        uint meta = group / perBlock;
        ulong block = Superblock.FirstDataBlock + 1 + (ulong)meta;
        if (Superblock.Incompatible.HasFlag(ExtIncompatibleFeatures.MetaBlockGroups) && meta >= Superblock.FirstMetaBlockGroup)
        {
            uint first = meta * perBlock;
            block = Superblock.FirstDataBlock + ((ulong)first * Superblock.BlocksPerGroup) + (Superblock.HasCopy(first) ? 1UL : 0);
            if (Superblock.BlockSizeBits == 10 && Superblock.FirstDataBlock == 0 && first == 0)
            {
                block++; // the superblock lies in block 1 of a volume of 1 KiB blocks with clusters
            }
        }
        else if (Superblock.BlockSizeBits == 10 && Superblock.FirstDataBlock == 0)
        {
            block++;
        }

        Require(block, 1, $"descriptor of group {group}");
        return OffsetOf(block) + (group % perBlock * Superblock.DescriptorSize);
    }
}
