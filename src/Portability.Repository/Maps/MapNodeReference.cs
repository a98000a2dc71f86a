using Portability.Repository.Objects;

namespace Portability.Repository.Maps;

/// <summary>Where a node of a block map lies, and what it must be.</summary>
/// <remarks>FORMAT.md section 10. A manifest gives one for the root of each disk.</remarks>
/// <param name="Map">The map object.</param>
/// <param name="Node">Number of the node in the object: the counter it is sealed with.</param>
/// <param name="Offset">Where it begins in the object, in bytes.</param>
/// <param name="Length">Its sealed length in bytes.</param>
/// <param name="Hash">SHA-256 of the node before sealing.</param>
public readonly record struct MapNodeReference(ObjectId Map, uint Node, uint Offset, uint Length, Digest Hash);
