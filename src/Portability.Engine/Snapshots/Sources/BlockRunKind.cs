namespace Portability.Engine.Snapshots.Sources;

/// <summary>What a capture does with a run of blocks.</summary>
internal enum BlockRunKind
{
    /// <summary>Reads them: what they hold is not known.</summary>
    Read,

    /// <summary>Takes them for zeros without reading.</summary>
    Zero,
}
