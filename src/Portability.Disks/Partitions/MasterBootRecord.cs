using System.Buffers.Binary;

namespace Portability.Disks.Partitions;

/// <summary>First sector of a disk with a partition table, or of each link in an extended partition.</summary>
/// <remarks>UEFI 2.10 section 5.2.1. The first 512 bytes of a sector of any size, little-endian.</remarks>
internal readonly struct MasterBootRecord
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 512;

    /// <summary>Entries of a record.</summary>
    public const int EntryCount = 4;

    private const int DiskSignatureAt = 440;
    private const int EntriesAt = DiskSignatureAt + 4 + 2;
    private const int SignatureAt = EntriesAt + (EntryCount * MbrPartitionEntry.Size);
    private const ushort ValidSignature = 0xAA55;

    private MasterBootRecord(uint diskSignature, MbrPartitionEntry[] entries, bool hasSignature)
    {
        DiskSignature = diskSignature;
        Entries = entries;
        HasSignature = hasSignature;
    }

    /// <summary>Identity of the disk.</summary>
    public uint DiskSignature { get; }

    /// <summary>The four entries, used or not.</summary>
    public IReadOnlyList<MbrPartitionEntry> Entries { get; }

    /// <summary>True if the sector ends with the signature of a boot record.</summary>
    public bool HasSignature { get; }

    /// <summary>True if signature and status bytes are those of a partition table rather than of a volume's boot sector.</summary>
    public bool LooksLikeTable => HasSignature && Entries.All(entry => entry.HasValidStatus);

    /// <summary>Reads a record.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static MasterBootRecord Read(ReadOnlySpan<byte> source)
    {
        var entries = new MbrPartitionEntry[EntryCount];
        for (int i = 0; i < EntryCount; i++)
        {
            entries[i] = MbrPartitionEntry.Read(source.Slice(EntriesAt + (i * MbrPartitionEntry.Size), MbrPartitionEntry.Size));
        }

        return new MasterBootRecord(
            BinaryPrimitives.ReadUInt32LittleEndian(source[DiskSignatureAt..]),
            entries,
            BinaryPrimitives.ReadUInt16LittleEndian(source[SignatureAt..]) == ValidSignature);
    }
}
