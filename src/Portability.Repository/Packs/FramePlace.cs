using Portability.Repository.Objects;

namespace Portability.Repository.Packs;

/// <summary>Where a frame lies that was added to a pack.</summary>
/// <param name="Pack">The pack.</param>
/// <param name="Offset">Offset in the pack, in bytes.</param>
/// <param name="Length">Sealed length in bytes.</param>
internal readonly record struct FramePlace(ObjectId Pack, int Offset, int Length);
