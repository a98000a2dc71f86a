using System.Buffers.Binary;

namespace Portability.FileSystems.Ext.Journal;

/// <summary>Superblock of a journal: its first block. Big-endian, 1024 bytes.</summary>
/// <remarks>ext4 data structures, "Journal (jbd2)", "Super Block" (struct journal_superblock_s).</remarks>
internal sealed record JournalSuperblock
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 1024;

    /// <summary>Magic number of every block of the journal that is not data.</summary>
    public const uint Magic = 0xC03B3998;

    private const int ChecksumAt = 0xFC;
    private const byte Crc32CType = 4;
    private const uint DefaultFastCommitBlocks = 256;

    private const JournalFeatures Known = JournalFeatures.Revoke | JournalFeatures.Wide | JournalFeatures.AsyncCommit | JournalFeatures.ChecksumVersion2
        | JournalFeatures.ChecksumVersion3 | JournalFeatures.FastCommit;

    /// <summary>Size of a block in bytes.</summary>
    public required uint BlockSize { get; init; }

    /// <summary>Blocks.</summary>
    public required uint BlockCount { get; init; }

    /// <summary>First block of the log.</summary>
    public required uint First { get; init; }

    /// <summary>Sequence number that is expected first.</summary>
    public required uint Sequence { get; init; }

    /// <summary>Block where the log begins; 0 if it is empty.</summary>
    public required uint Start { get; init; }

    /// <summary>Error that its system noted; 0 for none.</summary>
    public required int Error { get; init; }

    /// <summary>True with CRC-32 in commit blocks.</summary>
    public required bool HasCommitChecksums { get; init; }

    /// <summary>Features.</summary>
    public required JournalFeatures Features { get; init; }

    /// <summary>Where checksums begin: of the journal's UUID.</summary>
    public required uint ChecksumSeed { get; init; }

    /// <summary>Blocks at the end that hold fast commits.</summary>
    public required uint FastCommitBlocks { get; init; }

    /// <summary>True with checksums of descriptors, revokes, commits and data.</summary>
    public bool HasChecksums => (Features & (JournalFeatures.ChecksumVersion2 | JournalFeatures.ChecksumVersion3)) != JournalFeatures.None;

    /// <summary>Block behind the last of the log.</summary>
    public uint End => BlockCount - FastCommitBlocks;

    /// <summary>Size of a tag of a descriptor in bytes, without the UUID that may follow.</summary>
    public int TagSize => Features.HasFlag(JournalFeatures.ChecksumVersion3) ? 16
        : (Features.HasFlag(JournalFeatures.Wide) ? 12 : 8) + (Features.HasFlag(JournalFeatures.ChecksumVersion2) ? 2 : 0);

    /// <summary>Reads a superblock and checks it.</summary>
    /// <param name="source"><see cref="Size"/> bytes.</param>
    /// <param name="volume">Name of the volume, for errors.</param>
    /// <exception cref="InvalidFormatException">It is none, or its checksum is wrong.</exception>
    /// <exception cref="UnsupportedFeatureException">It has features that are not known.</exception>
    public static JournalSuperblock Read(ReadOnlySpan<byte> source, string volume)
    {
        var kind = (JournalBlockKind)Number(source, 4);
        if (Number(source, 0) != Magic || kind is not (JournalBlockKind.SuperblockVersion1 or JournalBlockKind.SuperblockVersion2))
        {
            throw ExtErrors.Invalid(volume, "journal superblock", -1, "it is none");
        }

        bool isOld = kind == JournalBlockKind.SuperblockVersion1;
        var features = isOld ? JournalFeatures.None : (JournalFeatures)Number(source, 0x28);
        uint unknown = isOld ? 0 : (uint)(features & ~Known) | Number(source, 0x2C); // no read-only feature is known at all
        if (unknown != 0)
        {
            throw FileErrors.Feature("ext", FormattableString.Invariant($"its journal has the unknown features 0x{unknown:X}"), "Shut the machine down cleanly and capture it again.", volume);
        }

        var superblock = new JournalSuperblock
        {
            BlockSize = Number(source, 0x0C),
            BlockCount = Number(source, 0x10),
            First = Number(source, 0x14),
            Sequence = Number(source, 0x18),
            Start = Number(source, 0x1C),
            Error = (int)Number(source, 0x20),
            HasCommitChecksums = !isOld && (Number(source, 0x24) & 1) != 0,
            Features = features,
            ChecksumSeed = ExtChecksum.Crc32C(ExtChecksum.Start, source.Slice(0x30, 16)),
            FastCommitBlocks = !features.HasFlag(JournalFeatures.FastCommit) ? 0 : Number(source, 0x54) is var blocks and not 0 ? blocks : DefaultFastCommitBlocks,
        };
        superblock.Validate(source, volume);
        return superblock;
    }

    private static uint Number(ReadOnlySpan<byte> source, int at) => BinaryPrimitives.ReadUInt32BigEndian(source[at..]);

    private void Validate(ReadOnlySpan<byte> source, string volume)
    {
        if (HasChecksums)
        {
            uint stored = Number(source, ChecksumAt), computed = ExtChecksum.Crc32CWithout(ExtChecksum.Start, source, ChecksumAt, sizeof(uint));
            if (stored != computed || source[0x50] != Crc32CType)
            {
                throw ExtErrors.Checksum(volume, "journal superblock", -1, stored, computed);
            }
        }

        JournalFeatures both = JournalFeatures.ChecksumVersion2 | JournalFeatures.ChecksumVersion3;
        if ((Features & both) == both || (HasChecksums && HasCommitChecksums))
        {
            throw ExtErrors.Invalid(volume, "journal superblock", -1, "it claims two kinds of checksums at once");
        }

        if (FastCommitBlocks >= BlockCount || First == 0 || First >= End || (Start != 0 && (Start < First || Start >= End)))
        {
            throw ExtErrors.Invalid(volume, "journal superblock", -1, FormattableString.Invariant($"its log from {First} begins at {Start} of {BlockCount} blocks"));
        }
    }
}
