namespace Portability.FileSystems.Ext;

/// <summary>Features without which a volume cannot be written.</summary>
/// <remarks>ext4 data structures, superblock, s_feature_ro_compat.</remarks>
[Flags]
internal enum ExtReadOnlyFeatures : uint
{
    None = 0,
    SparseSuper = 1,
    LargeFile = 2,
    BinaryTreeDirectory = 4,
    HugeFile = 8,
    DescriptorChecksums = 0x10,
    DirectoryLinkCount = 0x20,
    ExtraInodeSize = 0x40,
    HasSnapshot = 0x80,
    Quota = 0x100,
    BigAllocation = 0x200,
    MetadataChecksums = 0x400,
    Replica = 0x800,
    ReadOnly = 0x1000,
    Project = 0x2000,
    SharedBlocks = 0x4000,
    Verity = 0x8000,
    OrphansPresent = 0x10000,
}
