namespace Portability.FileSystems.Ext.Journal;

/// <summary>What a block of the journal is.</summary>
/// <remarks>ext4 data structures, "Journal (jbd2)", block types.</remarks>
internal enum JournalBlockKind : uint
{
    Descriptor = 1,
    Commit = 2,
    SuperblockVersion1 = 3,
    SuperblockVersion2 = 4,
    Revoke = 5,
    FastCommit = 6,
}
