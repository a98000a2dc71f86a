namespace Portability.Repository.Objects;

/// <summary>An object that is durable in the store: an entry of a reference tree.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Set">Whose blocks it serves.</param>
/// <param name="Id">Its id.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Hash">SHA-256 of all its bytes.</param>
public readonly record struct WrittenObject(ObjectKind Kind, BlockSet Set, ObjectId Id, long Length, Digest Hash);
