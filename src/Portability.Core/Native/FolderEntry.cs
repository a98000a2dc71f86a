namespace Portability.Core.Native;

/// <summary>One name in a folder.</summary>
/// <param name="Name">The name, without path.</param>
/// <param name="Kind">What it stands for.</param>
/// <param name="Length">Length in bytes of a file; 0 for all else.</param>
public readonly record struct FolderEntry(string Name, FileKind Kind, long Length);
