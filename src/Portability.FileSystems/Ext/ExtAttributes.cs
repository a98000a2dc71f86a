using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Portability.FileSystems.Ext;

/// <summary>Reads the extended attributes of an inode: those in it, those in its block, and values in inodes of their own. Thread-safe.</summary>
/// <remarks>ext4 data structures, "Extended Attributes".</remarks>
internal sealed class ExtAttributes
{
    private const int BlockHeadSize = 32;
    private const int BlockChecksumAt = 0x10;
    private const uint MaximumValueSize = 1 << 16;

    private readonly ExtBlocks blocks;

    /// <summary>Initialises a reader.</summary>
    /// <param name="blocks">The volume.</param>
    public ExtAttributes(ExtBlocks blocks) => this.blocks = blocks;

    /// <summary>Reads the attributes, without the one that continues inline content.</summary>
    /// <param name="inode">The inode.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">A list is damaged.</exception>
    public async IAsyncEnumerable<ExtendedAttributeValue> ReadAsync(ExtInode inode, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> inside = InodeArea(inode);
        foreach (ExtAttributeEntry entry in Entries(inode, inside, -1).Where(entry => !entry.IsInlineData))
        {
            yield return new ExtendedAttributeValue(entry.FullName, await ValueAsync(inode, entry, inside, cancellationToken).ConfigureAwait(false));
        }

        if (inode.AttributeBlock == 0)
        {
            yield break;
        }

        byte[] block = await ReadBlockAsync(inode, cancellationToken).ConfigureAwait(false);
        foreach (ExtAttributeEntry entry in Entries(inode, block.AsMemory(BlockHeadSize), blocks.OffsetOf(inode.AttributeBlock)))
        {
            yield return new ExtendedAttributeValue(entry.FullName, await ValueAsync(inode, entry, block, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>Reads what continues inline content behind the 60 bytes of the block area; empty without it.</summary>
    /// <param name="inode">The inode.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">The list is damaged.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> InlineDataAsync(ExtInode inode, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> inside = InodeArea(inode);
        foreach (ExtAttributeEntry entry in Entries(inode, inside, -1).Where(entry => entry.IsInlineData))
        {
            return await ValueAsync(inode, entry, inside, cancellationToken).ConfigureAwait(false);
        }

        return default;
    }

    // From the first entry, to which value offsets count, to the end of the inode.
    private static ReadOnlyMemory<byte> InodeArea(ExtInode inode)
    {
        int start = ExtInode.CoreSize + inode.ExtraSize;
        return inode.ExtraSize > 0 && start + sizeof(uint) <= inode.Bytes.Length && BinaryPrimitives.ReadUInt32LittleEndian(inode.Bytes[start..]) == ExtAttributeEntry.Magic
            ? inode.Memory[(start + sizeof(uint))..]
            : default;
    }

    private List<ExtAttributeEntry> Entries(ExtInode inode, ReadOnlyMemory<byte> list, long offset) => ExtAttributeEntry.TryReadAll(list)
        ?? throw ExtErrors.Invalid(blocks.Name, $"attributes of inode {inode.Number}", offset, "the list does not end where it should");

    private async ValueTask<byte[]> ReadBlockAsync(ExtInode inode, CancellationToken cancellationToken)
    {
        string structure = $"attribute block of inode {inode.Number}";
        byte[] block = await blocks.ReadBlockAsync(inode.AttributeBlock, structure, cancellationToken).ConfigureAwait(false);
        long offset = blocks.OffsetOf(inode.AttributeBlock);
        if (BinaryPrimitives.ReadUInt32LittleEndian(block) != ExtAttributeEntry.Magic)
        {
            throw ExtErrors.Invalid(blocks.Name, structure, offset, "its magic number is not 0xEA020000");
        }

        if (blocks.Superblock.HasMetadataChecksums)
        {
            byte[] number = new byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(number, inode.AttributeBlock);
            uint stored = BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(BlockChecksumAt));
            uint computed = ExtChecksum.Crc32CWithout(ExtChecksum.Crc32C(blocks.Superblock.ChecksumSeed, number), block, BlockChecksumAt, sizeof(uint));
            if (stored != computed)
            {
                throw ExtErrors.Checksum(blocks.Name, structure, offset, stored, computed);
            }
        }

        return block;
    }

    private async ValueTask<ReadOnlyMemory<byte>> ValueAsync(ExtInode owner, ExtAttributeEntry entry, ReadOnlyMemory<byte> area, CancellationToken cancellationToken)
    {
        string structure = $"attribute '{entry.FullName}' of inode {owner.Number}";
        if (entry.ValueSize > MaximumValueSize)
        {
            throw ExtErrors.Invalid(blocks.Name, structure, -1, FormattableString.Invariant($"its value is of {entry.ValueSize} bytes"));
        }

        if (entry.ValueInode == 0)
        {
            return entry.ValueOffset <= area.Length && entry.ValueSize <= area.Length - entry.ValueOffset
                ? area.Slice(entry.ValueOffset, (int)entry.ValueSize)
                : throw ExtErrors.Invalid(blocks.Name, structure, -1, FormattableString.Invariant($"its value of {entry.ValueSize} bytes at {entry.ValueOffset} lies outside {area.Length} bytes"));
        }

        ExtInode? inode = await blocks.TryReadInodeAsync(entry.ValueInode, cancellationToken).ConfigureAwait(false);
        if (inode is null || !inode.Flags.HasFlag(ExtInodeFlags.AttributeInode) || inode.Length < entry.ValueSize)
        {
            throw ExtErrors.Invalid(blocks.Name, structure, -1, FormattableString.Invariant($"inode {entry.ValueInode} does not hold its value of {entry.ValueSize} bytes"));
        }

        byte[] value = new byte[entry.ValueSize];
        await new ExtStream(blocks, inode, value.Length).ReadAsync(0, value, cancellationToken).ConfigureAwait(false);
        return value;
    }
}
