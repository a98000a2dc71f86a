using System.Buffers.Binary;
using Portability.Core.Binary;
using Portability.Core.Checksums;

namespace Portability.Disks.Partitions;

/// <summary>Header of a GUID partition table; one at the second sector, its backup at the last.</summary>
/// <remarks>UEFI 2.10 section 5.3.2. At least 92 bytes, little-endian; CRC-32 over HeaderSize bytes with HeaderCrc as 0.</remarks>
internal readonly record struct GptHeader
{
    /// <summary>Smallest size in bytes.</summary>
    public const int MinimumSize = PartitionEntryCrcAt + 4;

    /// <summary>Entries are refused above this number of bytes: 64 times what the specification asks for, more than any tool writes.</summary>
    public const int MaximumEntryBytes = 1 << 20;

    private const ulong ExpectedSignature = 0x5452415020494645;
    private const int SignatureAt = 0;
    private const int RevisionAt = SignatureAt + 8;
    private const int HeaderSizeAt = RevisionAt + 4;
    private const int HeaderCrcAt = HeaderSizeAt + 4;
    private const int MyLbaAt = HeaderCrcAt + 4 + 4;
    private const int AlternateLbaAt = MyLbaAt + 8;
    private const int FirstUsableLbaAt = AlternateLbaAt + 8;
    private const int LastUsableLbaAt = FirstUsableLbaAt + 8;
    private const int DiskGuidAt = LastUsableLbaAt + 8;
    private const int PartitionEntryLbaAt = DiskGuidAt + 16;
    private const int NumberOfEntriesAt = PartitionEntryLbaAt + 8;
    private const int SizeOfEntryAt = NumberOfEntriesAt + 4;
    private const int PartitionEntryCrcAt = SizeOfEntryAt + 4;

    /// <summary>Revision; 0x00010000.</summary>
    public uint Revision { get; private init; }

    /// <summary>Size of the header that its checksum covers, in bytes.</summary>
    public uint HeaderSize { get; private init; }

    /// <summary>Sector that holds this header.</summary>
    public ulong MyLba { get; private init; }

    /// <summary>Sector that holds the other header.</summary>
    public ulong AlternateLba { get; private init; }

    /// <summary>First sector that partitions may use.</summary>
    public ulong FirstUsableLba { get; private init; }

    /// <summary>Last sector that partitions may use.</summary>
    public ulong LastUsableLba { get; private init; }

    /// <summary>Identity of the disk.</summary>
    public Guid DiskGuid { get; private init; }

    /// <summary>First sector of the entries.</summary>
    public ulong PartitionEntryLba { get; private init; }

    /// <summary>Number of entries, used or not.</summary>
    public uint NumberOfEntries { get; private init; }

    /// <summary>Size of an entry in bytes.</summary>
    public uint SizeOfEntry { get; private init; }

    /// <summary>CRC-32 of all entries.</summary>
    public uint PartitionEntryCrc { get; private init; }

    /// <summary>Size of all entries in bytes.</summary>
    public ulong EntryBytes => (ulong)NumberOfEntries * SizeOfEntry;

    /// <summary>True if a sector begins with the signature of a header, sound or not.</summary>
    /// <param name="sector">One whole sector.</param>
    public static bool HasSignature(ReadOnlySpan<byte> sector) =>
        sector.Length >= MinimumSize && BinaryPrimitives.ReadUInt64LittleEndian(sector[SignatureAt..]) == ExpectedSignature;

    /// <summary>Reads a header and checks all that can be checked without the entries.</summary>
    /// <param name="sector">One whole sector.</param>
    /// <param name="lba">Number of that sector.</param>
    /// <param name="header">The header; meaningless when a fact is returned.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryRead(ReadOnlySpan<byte> sector, long lba, out GptHeader header)
    {
        header = default;
        if (!HasSignature(sector))
        {
            return "the signature is missing";
        }

        header = Read(sector);
        if (header.HeaderSize < MinimumSize || header.HeaderSize > sector.Length)
        {
            return FormattableString.Invariant($"the header size is {header.HeaderSize} bytes, the sector holds {sector.Length}");
        }

        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(sector[HeaderCrcAt..]);
        uint computed = Checksum(sector[..(int)header.HeaderSize]);
        if (stored != computed)
        {
            return FormattableString.Invariant($"the header's CRC-32 is 0x{computed:X8}, 0x{stored:X8} is stored");
        }

        if (header.MyLba != (ulong)lba)
        {
            return FormattableString.Invariant($"the header says that it is at sector {header.MyLba}");
        }

        return header.CheckEntries();
    }

    private static GptHeader Read(ReadOnlySpan<byte> source)
    {
        var reader = new SpanReader(source, "GPT", "header");
        reader.Skip(RevisionAt);
        uint revision = reader.ReadUInt32LittleEndian();
        uint headerSize = reader.ReadUInt32LittleEndian();
        reader.Skip(MyLbaAt - HeaderCrcAt);
        return new GptHeader
        {
            Revision = revision,
            HeaderSize = headerSize,
            MyLba = reader.ReadUInt64LittleEndian(),
            AlternateLba = reader.ReadUInt64LittleEndian(),
            FirstUsableLba = reader.ReadUInt64LittleEndian(),
            LastUsableLba = reader.ReadUInt64LittleEndian(),
            DiskGuid = reader.ReadGuid(),
            PartitionEntryLba = reader.ReadUInt64LittleEndian(),
            NumberOfEntries = reader.ReadUInt32LittleEndian(),
            SizeOfEntry = reader.ReadUInt32LittleEndian(),
            PartitionEntryCrc = reader.ReadUInt32LittleEndian(),
        };
    }

    private static uint Checksum(ReadOnlySpan<byte> header)
    {
        uint checksum = Crc32.Append(0, header[..HeaderCrcAt]);
        checksum = Crc32.Append(checksum, stackalloc byte[4]);
        return Crc32.Append(checksum, header[(HeaderCrcAt + 4)..]);
    }

    private string? CheckEntries()
    {
        if (Revision >> 16 != 1)
        {
            return FormattableString.Invariant($"the revision is 0x{Revision:X8}, 0x00010000 is known");
        }

        if (SizeOfEntry < GptPartitionEntry.Size || SizeOfEntry % 8 != 0)
        {
            return FormattableString.Invariant($"an entry is {SizeOfEntry} bytes, at least {GptPartitionEntry.Size} are needed");
        }

        return EntryBytes > MaximumEntryBytes
            ? FormattableString.Invariant($"{NumberOfEntries} entries of {SizeOfEntry} bytes exceed the limit of {MaximumEntryBytes} bytes")
            : null;
    }
}
