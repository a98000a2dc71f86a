namespace Portability.FileSystems.Ext;

/// <summary>Names of features as `dumpe2fs` writes them.</summary>
internal static class ExtFeatureNames
{
    private static readonly string[] Compatible =
    [
        "dir_prealloc", "imagic_inodes", "has_journal", "ext_attr", "resize_inode", "dir_index", "lazy_bg", "", "snapshot_bitmap", "sparse_super2", "fast_commit", "stable_inodes", "orphan_file",
    ];

    private static readonly string[] Incompatible =
    [
        "compression", "filetype", "needs_recovery", "journal_dev", "meta_bg", "", "extent", "64bit", "mmp", "flex_bg", "ea_inode", "", "dirdata", "metadata_csum_seed", "large_dir", "inline_data", "encrypt", "casefold",
    ];

    private static readonly string[] ReadOnly =
    [
        "sparse_super", "large_file", "", "huge_file", "uninit_bg", "dir_nlink", "extra_isize", "has_snapshot", "quota", "bigalloc", "metadata_csum", "replica", "read-only", "project", "shared_blocks", "verity", "orphan_present",
    ];

    /// <summary>Names of the features of a volume; those without a name as `FEATURE_C31`, `FEATURE_I31`, `FEATURE_R31`.</summary>
    public static IReadOnlyList<string> Of(ExtSuperblock superblock) =>
    [
        .. Of(Compatible, (uint)superblock.Compatible, 'C'), .. Of(Incompatible, (uint)superblock.Incompatible, 'I'), .. Of(ReadOnly, (uint)superblock.ReadOnly, 'R'),
    ];

    /// <summary>Names of incompatible features.</summary>
    public static IEnumerable<string> OfIncompatible(ExtIncompatibleFeatures features) => Of(Incompatible, (uint)features, 'I');

    private static IEnumerable<string> Of(string[] names, uint features, char kind)
    {
        for (int bit = 0; bit < 32; bit++)
        {
            if ((features >> bit & 1) != 0)
            {
                yield return bit < names.Length && names[bit].Length > 0 ? names[bit] : FormattableString.Invariant($"FEATURE_{kind}{bit}");
            }
        }
    }
}
