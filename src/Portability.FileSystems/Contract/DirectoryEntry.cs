namespace Portability.FileSystems;

/// <summary>A name in a directory. `.` and `..` are never among them.</summary>
/// <param name="Name">The name.</param>
/// <param name="Id">The node; its generation is 0 where the directory does not keep it.</param>
/// <param name="Kind">What the directory says of its kind.</param>
/// <param name="ShortName">The second, short name that FAT and NTFS may keep beside it.</param>
public readonly record struct DirectoryEntry(NodeName Name, FileId Id, NodeKind Kind, NodeName? ShortName = null);
