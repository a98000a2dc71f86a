namespace Portability.Core.Native;

/// <summary>
/// The file system calls that durable put-if-absent is made of. Blocking and thread-safe. Every failure is a
/// <see cref="FileCallException"/>. Links are never followed at the last step of a path.
/// </summary>
public interface IFileSystemCalls
{
    /// <summary>Opens a regular file for reading. A pipe or device is <see cref="FileCallError.WrongType"/>, without waiting on it.</summary>
    /// <param name="path">Path of the file.</param>
    IOpenFile OpenRead(string path);

    /// <summary>Opens an existing regular file for reading and writing.</summary>
    /// <param name="path">Path of the file.</param>
    IOpenFile OpenWrite(string path);

    /// <summary>Creates a file for reading and writing; an existing name is <see cref="FileCallError.Exists"/>.</summary>
    /// <param name="path">Path of the file.</param>
    IOpenFile Create(string path);

    /// <summary>Gives a file a second name, atomically; an existing name is <see cref="FileCallError.Exists"/> and stays as it is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="added">The second name.</param>
    void Link(string path, string added);

    /// <summary>Renames a file; an existing name is <see cref="FileCallError.Exists"/>. Atomic on local file systems only.</summary>
    /// <param name="path">The file.</param>
    /// <param name="renamed">The new name.</param>
    void RenameNoReplace(string path, string renamed);

    /// <summary>Removes a file's name.</summary>
    /// <param name="path">The name.</param>
    void Unlink(string path);

    /// <summary>Creates one folder.</summary>
    /// <param name="path">Path of the folder, whose parent exists.</param>
    void CreateFolder(string path);

    /// <summary>Removes an empty folder.</summary>
    /// <param name="path">Path of the folder.</param>
    void RemoveFolder(string path);

    /// <summary>Returns when the names in a folder would survive a power cut; the folder's own name is its parent's matter.</summary>
    /// <param name="path">Path of the folder.</param>
    /// <returns>The folder that was flushed, or null if this file system cannot tell two folders apart.</returns>
    FileIdentity? FlushFolder(string path);

    /// <summary>Tells what a name stands for, or null if there is none.</summary>
    /// <param name="path">The name.</param>
    FileStatus? Stat(string path);

    /// <summary>Lists a folder, in no order. Names that come or go meanwhile may be left out or given.</summary>
    /// <param name="path">Path of the folder.</param>
    IReadOnlyList<FolderEntry> List(string path);
}
