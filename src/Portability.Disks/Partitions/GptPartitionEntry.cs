using System.Text;
using Portability.Core.Binary;

namespace Portability.Disks.Partitions;

/// <summary>Entry of a GUID partition table.</summary>
/// <remarks>UEFI 2.10 section 5.3.3. 128 bytes or more, little-endian, the name in UTF-16.</remarks>
/// <param name="Type">What the partition holds; empty marks an unused entry.</param>
/// <param name="UniqueId">Identity of the partition.</param>
/// <param name="FirstLba">First sector.</param>
/// <param name="LastLba">Last sector, inclusive.</param>
/// <param name="Attributes">Attribute bits.</param>
/// <param name="Name">Name, up to 36 characters.</param>
internal readonly record struct GptPartitionEntry(Guid Type, Guid UniqueId, ulong FirstLba, ulong LastLba, ulong Attributes, string Name)
{
    /// <summary>Size of the fields known here, in bytes.</summary>
    public const int Size = 16 + 16 + 8 + 8 + 8 + NameSize;

    /// <summary>Attribute bit 2: firmware of the old kind starts from it.</summary>
    public const ulong LegacyBootable = 1 << 2;

    private const int NameSize = 72;

    /// <summary>Reads an entry.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static GptPartitionEntry Read(ReadOnlySpan<byte> source)
    {
        var reader = new SpanReader(source, "GPT", "partition entry");
        return new GptPartitionEntry(
            reader.ReadGuid(),
            reader.ReadGuid(),
            reader.ReadUInt64LittleEndian(),
            reader.ReadUInt64LittleEndian(),
            reader.ReadUInt64LittleEndian(),
            ReadName(reader.ReadBytes(NameSize)));
    }

    private static string ReadName(ReadOnlySpan<byte> source)
    {
        string name = Encoding.Unicode.GetString(source);
        int end = name.IndexOf('\0', StringComparison.Ordinal);
        return end < 0 ? name : name[..end];
    }
}
