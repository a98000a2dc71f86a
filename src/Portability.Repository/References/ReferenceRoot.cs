using Portability.Repository.Objects;

namespace Portability.Repository.References;

/// <summary>What a manifest says of its reference tree.</summary>
/// <remarks>FORMAT.md sections 11 and 13.</remarks>
/// <param name="HolderId">The object that holds the root.</param>
/// <param name="HolderLength">Its length in bytes.</param>
/// <param name="HolderHash">SHA-256 of all its bytes.</param>
/// <param name="Offset">Where the root begins in it, in bytes.</param>
/// <param name="Length">Length of the root in bytes.</param>
/// <param name="Hash">SHA-256 of the root.</param>
/// <param name="Level">Level of the root.</param>
/// <param name="Count">Entries of the tree.</param>
public sealed record ReferenceRoot(
    ObjectId HolderId, long HolderLength, Digest HolderHash, long Offset, int Length, Digest Hash, int Level, long Count)
{
    /// <summary>The object that holds the root, as an entry of a later tree.</summary>
    public WrittenObject Holder => new(ObjectKind.Reference, BlockSet.None, HolderId, HolderLength, HolderHash);

    internal ReferenceNodePlace Place => new(HolderId, checked((uint)Offset), checked((uint)Length), Hash);
}
