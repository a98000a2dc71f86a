namespace Portability.FileSystems.Ext;

/// <summary>Features that an older system may ignore.</summary>
/// <remarks>ext4 data structures, superblock, s_feature_compat.</remarks>
[Flags]
internal enum ExtCompatibleFeatures : uint
{
    None = 0,
    DirectoryPreallocation = 1,
    ImagicInodes = 2,
    HasJournal = 4,
    ExtendedAttributes = 8,
    ResizeInode = 0x10,
    DirectoryIndex = 0x20,
    LazyBlockGroup = 0x40,
    ExcludeInode = 0x80,
    ExcludeBitmap = 0x100,
    SparseSuper2 = 0x200,
    FastCommit = 0x400,
    StableInodes = 0x800,
    OrphanFile = 0x1000,
}
