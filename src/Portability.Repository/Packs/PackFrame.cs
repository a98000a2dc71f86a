namespace Portability.Repository.Packs;

/// <summary>One frame of a pack, as its directory tells.</summary>
/// <param name="Number">Its number, from 0: the counter it is sealed with.</param>
/// <param name="Offset">Where it begins in the pack, in bytes.</param>
/// <param name="Length">Sealed length in bytes.</param>
/// <param name="FirstBlock">Blocks in all frames before it.</param>
/// <param name="BlockCount">Blocks in it.</param>
internal readonly record struct PackFrame(int Number, long Offset, int Length, int FirstBlock, int BlockCount);
