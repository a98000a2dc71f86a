namespace Portability.FileSystems.Ext.Journal;

/// <summary>Features without which a journal cannot be replayed.</summary>
/// <remarks>ext4 data structures, "Journal (jbd2)", s_feature_incompat.</remarks>
[Flags]
internal enum JournalFeatures : uint
{
    None = 0,
    Revoke = 1,
    Wide = 2,
    AsyncCommit = 4,
    ChecksumVersion2 = 8,
    ChecksumVersion3 = 0x10,
    FastCommit = 0x20,
}
