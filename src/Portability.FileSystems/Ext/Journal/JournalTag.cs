using System.Buffers.Binary;

namespace Portability.FileSystems.Ext.Journal;

/// <summary>Tag of a descriptor: which block of the volume a block of the journal is for. Big-endian.</summary>
/// <remarks>ext4 data structures, "Journal (jbd2)", "Descriptor Block" (struct journal_block_tag3_s, journal_block_tag_s).</remarks>
internal readonly record struct JournalTag(ulong Block, ushort Flags, uint Checksum)
{
    /// <summary>Flag: the first four bytes were the magic number and are stored as zeros.</summary>
    public const ushort Escaped = 1;

    /// <summary>Flag: no UUID follows.</summary>
    public const ushort SameUuid = 2;

    /// <summary>Flag: the last tag.</summary>
    public const ushort Last = 8;

    /// <summary>Size of a UUID.</summary>
    public const int UuidSize = 16;

    /// <summary>Reads a tag.</summary>
    /// <param name="source">As many bytes as <see cref="JournalSuperblock.TagSize"/>.</param>
    /// <param name="superblock">The journal.</param>
    public static JournalTag Read(ReadOnlySpan<byte> source, JournalSuperblock superblock)
    {
        ulong low = BinaryPrimitives.ReadUInt32BigEndian(source);
        bool isWide = superblock.Features.HasFlag(JournalFeatures.Wide);
        return superblock.Features.HasFlag(JournalFeatures.ChecksumVersion3)
            ? new JournalTag(
                low | (isWide ? (ulong)BinaryPrimitives.ReadUInt32BigEndian(source[8..]) << 32 : 0),
                (ushort)BinaryPrimitives.ReadUInt32BigEndian(source[4..]),
                BinaryPrimitives.ReadUInt32BigEndian(source[12..]))
            : new JournalTag(
                low | (isWide ? (ulong)BinaryPrimitives.ReadUInt32BigEndian(source[8..]) << 32 : 0),
                BinaryPrimitives.ReadUInt16BigEndian(source[6..]),
                BinaryPrimitives.ReadUInt16BigEndian(source[4..]));
    }
}
