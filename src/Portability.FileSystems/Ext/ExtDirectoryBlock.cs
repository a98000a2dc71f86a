using System.Buffers.Binary;

namespace Portability.FileSystems.Ext;

/// <summary>A block of a directory: entries one after the other, the last one reaching to the end.</summary>
/// <remarks>ext4 data structures, "Directory Entries" (struct ext4_dir_entry_2); checksums: struct ext4_dir_entry_tail, struct dx_tail.</remarks>
internal static class ExtDirectoryBlock
{
    private const int HeadSize = 8;
    private const int TailSize = 12;
    private const byte TailType = 0xDE;
    private const int IndexRootCountAt = 0x20, IndexNodeCountAt = 8, IndexEntrySize = 8;

    /// <summary>Reads the entries that are in use, `.` and `..` left out.</summary>
    /// <param name="block">The block, or the inline part of a directory.</param>
    /// <param name="superblock">The volume.</param>
    /// <param name="entries">What is read is added here.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? TryRead(ReadOnlySpan<byte> block, ExtSuperblock superblock, List<DirectoryEntry> entries)
    {
        bool hasType = superblock.Incompatible.HasFlag(ExtIncompatibleFeatures.FileType);
        int at = 0;
        while (at < block.Length)
        {
            if (block.Length - at < HeadSize)
            {
                return FormattableString.Invariant($"the entry at {at} does not end inside");
            }

            ReadOnlySpan<byte> entry = block[at..];
            uint inode = BinaryPrimitives.ReadUInt32LittleEndian(entry);
            int length = RecordLength(BinaryPrimitives.ReadUInt16LittleEndian(entry[4..]), superblock.BlockSize);
            int nameLength = hasType ? entry[6] : BinaryPrimitives.ReadUInt16LittleEndian(entry[6..]);
            if (length < HeadSize || (length & 3) != 0 || length > entry.Length || nameLength > length - HeadSize)
            {
                return FormattableString.Invariant($"the entry at {at} is of {length} bytes with a name of {nameLength}, and {entry.Length} are left");
            }

            if (inode != 0)
            {
                if (inode > superblock.InodeCount || nameLength == 0)
                {
                    return FormattableString.Invariant($"the entry at {at} names inode {inode} with a name of {nameLength} bytes");
                }

                ReadOnlySpan<byte> name = entry.Slice(HeadSize, nameLength);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    entries.Add(new DirectoryEntry(NodeName.FromBytes(name), new FileId(inode, 0), hasType ? KindOf(entry[7]) : NodeKind.Unknown));
                }
            }

            at += length;
        }

        return null;
    }

    /// <summary>Computes the checksum of a block: at the end of entries, or of an index block over what it counts.</summary>
    /// <param name="block">The block.</param>
    /// <param name="seed">Where checksums of the directory's inode begin.</param>
    /// <param name="isIndexRoot">True for the first block of a directory with an index.</param>
    /// <param name="stored">The checksum as stored.</param>
    /// <param name="computed">The checksum that it should have.</param>
    /// <returns>False if there is no place for one.</returns>
    public static bool TryChecksum(ReadOnlySpan<byte> block, uint seed, bool isIndexRoot, out uint stored, out uint computed)
    {
        if (isIndexRoot || IsIndexNode(block))
        {
            return TryIndexChecksum(block, seed, isIndexRoot ? IndexRootCountAt : IndexNodeCountAt, out stored, out computed);
        }

        ReadOnlySpan<byte> tail = block[^TailSize..];
        stored = BinaryPrimitives.ReadUInt32LittleEndian(tail[8..]);
        computed = ExtChecksum.Crc32C(seed, block[..^TailSize]);
        return BinaryPrimitives.ReadUInt32LittleEndian(tail) == 0 && BinaryPrimitives.ReadUInt16LittleEndian(tail[4..]) == TailSize && tail[6] == 0 && tail[7] == TailType;
    }

    // An inner node looks like one entry that is not in use.
    private static bool IsIndexNode(ReadOnlySpan<byte> block) =>
        BinaryPrimitives.ReadUInt32LittleEndian(block) == 0 && RecordLength(BinaryPrimitives.ReadUInt16LittleEndian(block[4..]), block.Length) == block.Length && block[6] == 0;

    private static bool TryIndexChecksum(ReadOnlySpan<byte> block, uint seed, int countAt, out uint stored, out uint computed)
    {
        int limit = BinaryPrimitives.ReadUInt16LittleEndian(block[countAt..]), count = BinaryPrimitives.ReadUInt16LittleEndian(block[(countAt + 2)..]);
        int end = countAt + (limit * IndexEntrySize);
        stored = computed = 0;
        if (count > limit || end + IndexEntrySize > block.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> zeros = [0, 0, 0, 0];
        stored = BinaryPrimitives.ReadUInt32LittleEndian(block[(end + 4)..]);
        computed = ExtChecksum.Crc32C(seed, block[..(countAt + (count * IndexEntrySize))]);
        computed = ExtChecksum.Crc32C(ExtChecksum.Crc32C(computed, block.Slice(end, 4)), zeros);
        return true;
    }

    // 65536 does not fit its field: 65535 and 0 stand for it, and the low two bits for the high ones.
    private static int RecordLength(int stored, int blockSize) =>
        blockSize < 65536 ? stored : stored is 0 or 65535 ? blockSize : (stored & 65532) | ((stored & 3) << 16);

    private static NodeKind KindOf(byte type) => type switch
    {
        1 => NodeKind.File,
        2 => NodeKind.Directory,
        3 => NodeKind.CharacterDevice,
        4 => NodeKind.BlockDevice,
        5 => NodeKind.Fifo,
        6 => NodeKind.Socket,
        7 => NodeKind.SymbolicLink,
        _ => NodeKind.Unknown,
    };
}
