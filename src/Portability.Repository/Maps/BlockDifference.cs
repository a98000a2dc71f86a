namespace Portability.Repository.Maps;

/// <summary>A block that two maps say different things of.</summary>
/// <param name="Block">Its index.</param>
/// <param name="Before">What the first map says; null for zeros.</param>
/// <param name="After">What the second map says; null for zeros.</param>
public readonly record struct BlockDifference(long Block, BlockLocation? Before, BlockLocation? After)
{
    /// <summary>True if the content differs; false if it is only said to lie in another pack.</summary>
    public bool IsContent => Before?.Id != After?.Id;
}
