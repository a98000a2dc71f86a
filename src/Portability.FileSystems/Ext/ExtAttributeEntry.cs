using System.Buffers.Binary;
using System.Text;

namespace Portability.FileSystems.Ext;

/// <summary>Entry of a list of extended attributes. Little-endian, 16 bytes and the name, filled up to four.</summary>
/// <remarks>ext4 data structures, "Extended Attributes" (struct ext4_xattr_entry).</remarks>
internal readonly record struct ExtAttributeEntry(byte NameIndex, ushort ValueOffset, uint ValueInode, uint ValueSize, ReadOnlyMemory<byte> Name)
{
    /// <summary>Magic number before a list.</summary>
    public const uint Magic = 0xEA020000;

    /// <summary>Index of names that the file system itself uses.</summary>
    public const byte SystemIndex = 7;

    private const int HeadSize = 16;

    private static readonly string[] Prefixes = [string.Empty, "user.", "system.posix_acl_access", "system.posix_acl_default", "trusted.", "lustre.", "security.", "system.", "system.richacl", "encryption."];

    /// <summary>Full name.</summary>
    public NodeName FullName
    {
        get
        {
            byte[] prefix = Encoding.ASCII.GetBytes(NameIndex < Prefixes.Length ? Prefixes[NameIndex] : FormattableString.Invariant($"index{NameIndex}."));
            return NodeName.FromBytes([.. prefix, .. Name.Span]);
        }
    }

    /// <summary>True for the value that continues inline content.</summary>
    public bool IsInlineData => NameIndex == SystemIndex && Name.Span.SequenceEqual("data"u8);

    /// <summary>Reads the entries of a list.</summary>
    /// <param name="list">From the first entry to the end of the area.</param>
    /// <returns>Null if the list does not end inside the area.</returns>
    public static List<ExtAttributeEntry>? TryReadAll(ReadOnlyMemory<byte> list)
    {
        var entries = new List<ExtAttributeEntry>();
        while (list.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(list.Span) != 0)
        {
            ReadOnlySpan<byte> source = list.Span;
            int size = HeadSize + ((source[0] + 3) & ~3);
            if (size > list.Length)
            {
                return null;
            }

            entries.Add(new ExtAttributeEntry(
                source[1],
                BinaryPrimitives.ReadUInt16LittleEndian(source[2..]),
                BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
                BinaryPrimitives.ReadUInt32LittleEndian(source[8..]),
                list.Slice(HeadSize, source[0])));
            list = list[size..];
        }

        return entries;
    }
}
