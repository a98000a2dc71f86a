using System.Buffers.Binary;
using Portability.Disks.Blocks;
using Portability.FileSystems.Ext;

namespace Portability.FileSystems.Tests.Ext;

/// <summary>Makes the checksums of a volume fit again after its bytes were changed, wherever its structures lay when it was sound.</summary>
internal sealed class ExtChecksumFixer
{
    private readonly Func<long, int> at;
    private readonly ExtSuperblock sound;
    private readonly List<(int At, uint Group)> descriptors = [];
    private readonly Dictionary<uint, int> inodes = [];
    private readonly List<(int At, uint Inode)> extentNodes = [];
    private readonly List<(int At, uint Inode, bool IsRoot)> directories = [];
    private readonly List<(int At, ulong Block)> attributes = [];

    /// <summary>Looks where the structures of a sound volume lie.</summary>
    /// <param name="image">The volume.</param>
    /// <param name="translate">Offset in what is changed of an offset in the volume; the same without it.</param>
    public ExtChecksumFixer(byte[] image, Func<long, int>? translate = null)
    {
        at = translate ?? (offset => (int)offset);
        sound = ExtSuperblock.Read(image.AsSpan(ExtSuperblock.At, ExtSuperblock.Size), ExtSuperblock.At, "image");
        var blocks = new ExtBlocks(new MemoryBlockDevice(image), sound);
        LocateAsync(blocks).GetAwaiter().GetResult();
    }

    /// <summary>Bytes of an inode.</summary>
    public Span<byte> Inode(byte[] bytes, uint number) => bytes.AsSpan(inodes[number], sound.InodeSize);

    /// <summary>Makes them fit.</summary>
    public void Fix(byte[] bytes)
    {
        if (!sound.HasMetadataChecksums)
        {
            return;
        }

        Span<byte> superblock = bytes.AsSpan(at(ExtSuperblock.At), ExtSuperblock.Size);
        bool hasSeed = (BinaryPrimitives.ReadUInt32LittleEndian(superblock[ExtSuperblock.IncompatibleAt..]) & (uint)ExtIncompatibleFeatures.ChecksumSeed) != 0;
        uint seed = hasSeed ? BinaryPrimitives.ReadUInt32LittleEndian(superblock[0x270..]) : ExtChecksum.Crc32C(ExtChecksum.Start, superblock.Slice(0x68, 16));
        foreach ((int place, uint group) in descriptors)
        {
            Span<byte> descriptor = bytes.AsSpan(place, sound.DescriptorSize);
            uint sum = ExtChecksum.Crc32CWithout(ExtChecksum.Crc32C(seed, group), descriptor, ExtGroupDescriptor.ChecksumAt, 2);
            BinaryPrimitives.WriteUInt16LittleEndian(descriptor[ExtGroupDescriptor.ChecksumAt..], (ushort)sum);
        }

        foreach ((int place, uint inode) in extentNodes)
        {
            FixExtents(bytes.AsSpan(place, sound.BlockSize), SeedOf(bytes, seed, inode));
        }

        foreach ((int place, uint inode, bool isRoot) in directories)
        {
            FixDirectory(bytes.AsSpan(place, sound.BlockSize), SeedOf(bytes, seed, inode), isRoot);
        }

        foreach ((int place, ulong number) in attributes)
        {
            Span<byte> block = bytes.AsSpan(place, sound.BlockSize);
            byte[] name = new byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(name, number);
            BinaryPrimitives.WriteUInt32LittleEndian(block[0x10..], ExtChecksum.Crc32CWithout(ExtChecksum.Crc32C(seed, name), block, 0x10, 4));
        }

        foreach ((uint number, int place) in inodes)
        {
            FixInode(bytes.AsSpan(place, sound.InodeSize), SeedOf(bytes, seed, number));
        }

        BinaryPrimitives.WriteUInt32LittleEndian(superblock[ExtSuperblock.ChecksumAt..], ExtChecksum.Crc32C(ExtChecksum.Start, superblock[..ExtSuperblock.ChecksumAt]));
    }

    private static void FixExtents(Span<byte> node, uint seed)
    {
        int tail = ExtentHeader.Size * (BinaryPrimitives.ReadUInt16LittleEndian(node[4..]) + 1);
        if (tail + 4 <= node.Length)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(node[tail..], ExtChecksum.Crc32C(seed, node[..tail]));
        }
    }

    private static void FixDirectory(Span<byte> block, uint seed, bool isRoot)
    {
        // What the volume itself computes is taken: the tail of names, or that of an index block, wherever the counts say that it is.
        ExtDirectoryBlock.TryChecksum(block, seed, isRoot, out uint stored, out uint computed);
        int end = block.Length - 4;
        if (stored != computed && BinaryPrimitives.ReadUInt32LittleEndian(block[end..]) == stored)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(block[end..], computed);
        }
    }

    private static void FixInode(Span<byte> inode, uint seed)
    {
        bool isLong = inode.Length > ExtInode.CoreSize && BinaryPrimitives.ReadUInt16LittleEndian(inode[0x80..]) >= 4;
        inode[0x7C..0x7E].Clear();
        if (isLong)
        {
            inode[0x82..0x84].Clear();
        }

        uint sum = ExtChecksum.Crc32C(seed, inode);
        BinaryPrimitives.WriteUInt16LittleEndian(inode[0x7C..], (ushort)sum);
        if (isLong)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(inode[0x82..], (ushort)(sum >> 16));
        }
    }

    private uint SeedOf(byte[] bytes, uint seed, uint number) =>
        ExtChecksum.Crc32C(ExtChecksum.Crc32C(seed, number), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(inodes[number] + 0x64)));

    private async Task LocateAsync(ExtBlocks blocks)
    {
        for (uint group = 0; group < sound.GroupCount; group++)
        {
            ExtGroupDescriptor descriptor = await blocks.ReadDescriptorAsync(group, CancellationToken.None);
            descriptors.Add((at(blocks.DescriptorOffset(group)), group));
            for (uint index = 0; index < sound.InodesPerGroup; index++)
            {
                uint number = (group * sound.InodesPerGroup) + index + 1;
                ExtInode? inode = await blocks.TryReadInodeAsync(number, CancellationToken.None);
                if (inode is not null && inode.Mode != 0)
                {
                    inodes[number] = at(blocks.OffsetOf(descriptor.InodeTable) + ((long)index * sound.InodeSize));
                    await LocateAsync(blocks, inode);
                }
            }
        }
    }

    private async Task LocateAsync(ExtBlocks blocks, ExtInode inode)
    {
        if (inode.AttributeBlock != 0)
        {
            attributes.Add((at(blocks.OffsetOf(inode.AttributeBlock)), inode.AttributeBlock));
        }

        if (inode.Flags.HasFlag(ExtInodeFlags.InlineData) || inode.Kind is not (NodeKind.File or NodeKind.Directory or NodeKind.SymbolicLink))
        {
            return;
        }

        if (inode.Flags.HasFlag(ExtInodeFlags.Extents))
        {
            await LocateAsync(blocks, inode, inode.Block.ToArray());
        }

        if (inode.Kind == NodeKind.Directory)
        {
            var stream = new ExtStream(blocks, inode, (long)inode.Length);
            for (ulong block = 0; block < inode.Length / (ulong)sound.BlockSize; block++)
            {
                BlockRun run = await stream.FindAsync(block, CancellationToken.None);
                directories.Add((at(blocks.OffsetOf(run.Place + block - run.First)), inode.Number, block == 0 && inode.Flags.HasFlag(ExtInodeFlags.IndexedDirectory)));
            }
        }
    }

    private async Task LocateAsync(ExtBlocks blocks, ExtInode inode, byte[] node)
    {
        ExtentHeader header = ExtentHeader.TryRead(node, out _)!.Value;
        for (int entry = 0; header.Depth > 0 && entry < header.Entries; entry++)
        {
            ulong child = ExtentHeader.ChildOf(node, entry);
            extentNodes.Add((at(blocks.OffsetOf(child)), inode.Number));
            await LocateAsync(blocks, inode, await blocks.ReadBlockAsync(child, "node", CancellationToken.None));
        }
    }
}
