namespace Portability.FileSystems.Ext;

/// <summary>Features without which a volume cannot be read.</summary>
/// <remarks>ext4 data structures, superblock, s_feature_incompat.</remarks>
[Flags]
internal enum ExtIncompatibleFeatures : uint
{
    None = 0,
    Compression = 1,
    FileType = 2,
    NeedsRecovery = 4,
    JournalDevice = 8,
    MetaBlockGroups = 0x10,
    Extents = 0x40,
    Wide = 0x80,
    MultipleMountProtection = 0x100,
    FlexibleBlockGroups = 0x200,
    AttributeInodes = 0x400,
    DirectoryData = 0x1000,
    ChecksumSeed = 0x2000,
    LargeDirectory = 0x4000,
    InlineData = 0x8000,
    Encryption = 0x10000,
    CaseFolding = 0x20000,
}
