namespace Portability.Engine.Snapshots.Sources;

/// <summary>Neighbouring blocks of a disk that a capture treats alike.</summary>
/// <param name="First">Index of the first block.</param>
/// <param name="Count">Number of blocks; never 0.</param>
/// <param name="Kind">What is done with them.</param>
internal readonly record struct BlockRun(long First, long Count, BlockRunKind Kind)
{
    /// <summary>Index of the first block behind the run.</summary>
    public long End => First + Count;
}
