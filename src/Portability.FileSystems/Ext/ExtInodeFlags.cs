namespace Portability.FileSystems.Ext;

/// <summary>Flags of an inode.</summary>
/// <remarks>ext4 data structures, "Index Nodes", i_flags.</remarks>
[Flags]
internal enum ExtInodeFlags : uint
{
    None = 0,
    Compressed = 4,
    Synchronous = 8,
    Immutable = 0x10,
    AppendOnly = 0x20,
    NoDump = 0x40,
    NoAccessTime = 0x80,
    Encrypted = 0x800,
    IndexedDirectory = 0x1000,
    JournalData = 0x4000,
    HugeFile = 0x40000,
    Extents = 0x80000,
    Verity = 0x100000,
    AttributeInode = 0x200000,
    InlineData = 0x10000000,
    ProjectInherited = 0x20000000,
    CaseFolded = 0x40000000,
}
