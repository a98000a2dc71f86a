using System.Buffers.Binary;
using Portability.Core.Checksums;
using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>First page of a file of the local index; written last, so that a file that was not finished has none.</summary>
/// <remarks>A cache of this machine alone: files of another version are thrown away. Little-endian, CRC-32C of all before it.</remarks>
internal readonly record struct IndexFileHeader(Guid Repository, BlockSet Set, long EntryCount, int PageCount, int FilterLines, int PackCount, uint FenceChecksum)
{
    public const int Size = ChecksumAt + 4;

    /// <summary>Bytes of a line of the filter: one look-up reads one line.</summary>
    public const int FilterLineSize = 64;

    private const int MagicAt = 0, RepositoryAt = MagicAt + 8, SetAt = RepositoryAt + 16, EntriesAt = SetAt + 4, PagesAt = EntriesAt + 8,
        FilterAt = PagesAt + 4, PacksAt = FilterAt + 4, FencesAt = PacksAt + 4, ChecksumAt = FencesAt + 4;

    private static ReadOnlySpan<byte> Magic => "WPRIDX01"u8;

    /// <summary>Where the filter begins, in bytes.</summary>
    public long FilterOffset => IndexPage.Size * (1L + PageCount);

    /// <summary>Where the first keys of all pages begin, in bytes.</summary>
    public long FenceOffset => FilterOffset + ((long)FilterLines * FilterLineSize);

    /// <summary>Where the pack table begins, in bytes.</summary>
    public long PackOffset => FenceOffset + ((long)PageCount * sizeof(ulong));

    /// <summary>Length of the whole file, in bytes.</summary>
    public long FileLength => PackOffset + ((long)PackCount * PackHint.Size);

    /// <summary>Reads a header.</summary>
    /// <returns>Null if it is not whole, or the counts do not fit each other.</returns>
    public static IndexFileHeader? Read(ReadOnlySpan<byte> source)
    {
        if (source.Length < Size
            || !source[..RepositoryAt].SequenceEqual(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumAt..]) != Crc32C.Compute(source[..ChecksumAt]))
        {
            return null;
        }

        var header = new IndexFileHeader(
            new Guid(source.Slice(RepositoryAt, 16), bigEndian: true),
            (BlockSet)source[SetAt],
            BinaryPrimitives.ReadInt64LittleEndian(source[EntriesAt..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[PagesAt..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[FilterAt..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[PacksAt..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[FencesAt..]));
        return header.EntryCount > 0 && header.PageCount > 0 && header.FilterLines >= 0 && header.PackCount > 0 ? header : null;
    }

    public void Write(Span<byte> target)
    {
        target[..Size].Clear();
        Magic.CopyTo(target);
        Repository.TryWriteBytes(target.Slice(RepositoryAt, 16), bigEndian: true, out _);
        target[SetAt] = (byte)Set;
        BinaryPrimitives.WriteInt64LittleEndian(target[EntriesAt..], EntryCount);
        BinaryPrimitives.WriteInt32LittleEndian(target[PagesAt..], PageCount);
        BinaryPrimitives.WriteInt32LittleEndian(target[FilterAt..], FilterLines);
        BinaryPrimitives.WriteInt32LittleEndian(target[PacksAt..], PackCount);
        BinaryPrimitives.WriteUInt32LittleEndian(target[FencesAt..], FenceChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumAt..], Crc32C.Compute(target[..ChecksumAt]));
    }
}
