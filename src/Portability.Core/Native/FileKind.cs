namespace Portability.Core.Native;

/// <summary>What a name in a folder stands for; links are never followed.</summary>
public enum FileKind
{
    /// <summary>A symbolic link, device, pipe or socket.</summary>
    Other,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,
}
