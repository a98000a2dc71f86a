using System.Buffers.Binary;
using Portability.FileSystems.Ext;
using Portability.FileSystems.Ext.Journal;

namespace Portability.FileSystems.Tests.Ext;

/// <summary>Makes the checksums of a log (version 3) fit again after its bytes were changed, wherever its blocks lay when it was sound.</summary>
internal sealed class JournalChecksumFixer
{
    private const int BlockSize = ExtJournalVolume.BlockSize, TagSize = 16;
    private readonly int superblock;
    private readonly List<int> tails = [];
    private readonly List<int> commits = [];
    private readonly List<(int Tag, int Descriptor, int Data)> tags = [];

    /// <summary>Looks where the blocks of a sound log lie.</summary>
    public JournalChecksumFixer(ExtJournalVolume volume, Func<long, int> at)
    {
        superblock = at(volume.PlaceOf(0));
        for (uint block = volume.First; block < volume.Used; block++)
        {
            ReadOnlySpan<byte> bytes = volume.LogBlock(volume.Image, block);
            int place = at(volume.PlaceOf(block));
            if (BinaryPrimitives.ReadUInt32BigEndian(bytes) != JournalSuperblock.Magic)
            {
                continue;
            }

            switch ((JournalBlockKind)BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]))
            {
                case JournalBlockKind.Descriptor:
                    tails.Add(place);
                    block = AddTags(volume, block, place, at);
                    break;
                case JournalBlockKind.Revoke:
                    tails.Add(place);
                    break;
                case JournalBlockKind.Commit:
                    commits.Add(place);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Makes them fit.</summary>
    public void Fix(byte[] bytes)
    {
        Span<byte> head = bytes.AsSpan(superblock, JournalSuperblock.Size);
        uint seed = ExtChecksum.Crc32C(ExtChecksum.Start, head.Slice(0x30, 16));
        foreach ((int tag, int descriptor, int data) in tags)
        {
            uint sum = ExtChecksum.Crc32C(ExtChecksum.Crc32C(seed, bytes.AsSpan(descriptor + 8, 4)), bytes.AsSpan(data, BlockSize));
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(tag + 12), sum);
        }

        foreach (int tail in tails)
        {
            Span<byte> block = bytes.AsSpan(tail, BlockSize);
            BinaryPrimitives.WriteUInt32BigEndian(block[^4..], ExtChecksum.Crc32CWithout(seed, block, BlockSize - 4, 4));
        }

        foreach (int commit in commits)
        {
            Span<byte> block = bytes.AsSpan(commit, BlockSize);
            BinaryPrimitives.WriteUInt32BigEndian(block[0x10..], ExtChecksum.Crc32CWithout(seed, block, 0x10, 4));
        }

        BinaryPrimitives.WriteUInt32BigEndian(head[0xFC..], ExtChecksum.Crc32CWithout(ExtChecksum.Start, head, 0xFC, 4));
    }

    private uint AddTags(ExtJournalVolume volume, uint block, int place, Func<long, int> at)
    {
        ReadOnlySpan<byte> bytes = volume.LogBlock(volume.Image, block);
        for (int position = 12; position + TagSize <= BlockSize - 4;)
        {
            uint flags = BinaryPrimitives.ReadUInt32BigEndian(bytes[(position + 4)..]);
            block++;
            tags.Add((place + position, place, at(volume.PlaceOf(block))));
            position += TagSize + ((flags & JournalTag.SameUuid) == 0 ? JournalTag.UuidSize : 0);
            if ((flags & JournalTag.Last) != 0)
            {
                break;
            }
        }

        return block;
    }
}
