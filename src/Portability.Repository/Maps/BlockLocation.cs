using Portability.Repository.Objects;

namespace Portability.Repository.Maps;

/// <summary>What a block map says of one stored block.</summary>
/// <param name="Id">Its content id.</param>
/// <param name="Pack">The pack it was taken from: a hint where it lies.</param>
public readonly record struct BlockLocation(BlockId Id, ObjectId Pack);
