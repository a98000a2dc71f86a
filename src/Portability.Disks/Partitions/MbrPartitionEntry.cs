using Portability.Core.Binary;

namespace Portability.Disks.Partitions;

/// <summary>One of the four entries of a master boot record or of an extended boot record.</summary>
/// <remarks>UEFI 2.10 section 5.2.1. 16 bytes, little-endian; sector numbers are relative in extended boot records.</remarks>
/// <param name="Status">0x80 when active, else 0.</param>
/// <param name="Type">Type identifier; 0 marks an unused entry.</param>
/// <param name="FirstSector">First sector.</param>
/// <param name="SectorCount">Number of sectors.</param>
internal readonly record struct MbrPartitionEntry(byte Status, byte Type, uint FirstSector, uint SectorCount)
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 16;

    /// <summary>True if the entry describes a partition.</summary>
    public bool IsUsed => Type != 0 && SectorCount != 0;

    /// <summary>True if the entry holds a chain of logical partitions.</summary>
    public bool IsExtended => Type is MbrPartitionTypes.Extended or MbrPartitionTypes.ExtendedLba or MbrPartitionTypes.LinuxExtended;

    /// <summary>True if the status byte is one of the two that are defined.</summary>
    public bool HasValidStatus => (Status & 0x7F) == 0;

    /// <summary>Reads an entry.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static MbrPartitionEntry Read(ReadOnlySpan<byte> source)
    {
        var reader = new SpanReader(source, "MBR", "partition entry");
        byte status = reader.ReadByte();
        reader.Skip(3);
        byte type = reader.ReadByte();
        reader.Skip(3);
        return new MbrPartitionEntry(status, type, reader.ReadUInt32LittleEndian(), reader.ReadUInt32LittleEndian());
    }
}
