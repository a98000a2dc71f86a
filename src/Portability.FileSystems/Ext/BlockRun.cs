namespace Portability.FileSystems.Ext;

/// <summary>Blocks of a file that follow each other on the volume, or that are all missing.</summary>
/// <param name="First">First block of the file.</param>
/// <param name="Count">Blocks, at least one.</param>
/// <param name="Place">First block on the volume; 0 for a hole.</param>
/// <param name="Kind">What they are.</param>
internal readonly record struct BlockRun(ulong First, ulong Count, ulong Place, FileExtentKind Kind)
{
    /// <summary>Block behind the last.</summary>
    public ulong End => First + Count;
}
