namespace Portability.Repository.Maps;

/// <summary>Blocks of a disk that follow each other.</summary>
/// <param name="First">Index of the first block.</param>
/// <param name="Count">Number of blocks.</param>
public readonly record struct BlockRange(long First, long Count)
{
    /// <summary>Index of the block behind the last one.</summary>
    public long End => First + Count;
}
