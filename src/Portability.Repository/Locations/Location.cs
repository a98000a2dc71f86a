using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>Where a block lies.</summary>
/// <param name="Id">The block.</param>
/// <param name="Pack">Its pack.</param>
/// <param name="Offset">Where its frame begins in the pack, in bytes.</param>
/// <param name="Length">Sealed length of the frame, in bytes.</param>
/// <param name="Block">Number of the block in the frame.</param>
public readonly record struct Location(BlockId Id, ObjectId Pack, uint Offset, uint Length, ushort Block);
