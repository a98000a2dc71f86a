namespace Portability.FileSystems;

/// <summary>Names a node of a volume.</summary>
/// <param name="Number">Inode number, file record number, or what the file system has in its place.</param>
/// <param name="Generation">Told apart from earlier users of the number; 0 where the file system keeps none.</param>
public readonly record struct FileId(ulong Number, ulong Generation)
{
    /// <summary>Number, and generation where there is one.</summary>
    /// <returns>Such as `12` or `12-3735928559`.</returns>
    public override string ToString() => Generation == 0 ? FormattableString.Invariant($"{Number}") : FormattableString.Invariant($"{Number}-{Generation}");
}
