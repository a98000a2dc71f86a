using Portability.Core.Native;

namespace Portability.Repository.Tests.Backends;

/// <summary>A file system that refuses links.</summary>
internal sealed class CallsWithoutLinks(IFileSystemCalls inner) : IFileSystemCalls
{
    public IOpenFile OpenRead(string path) => inner.OpenRead(path);

    public IOpenFile OpenWrite(string path) => inner.OpenWrite(path);

    public IOpenFile Create(string path) => inner.Create(path);

    public void Link(string path, string added) => throw new FileCallException(FileCallError.Unsupported, "link", added, 1);

    public void RenameNoReplace(string path, string renamed) => inner.RenameNoReplace(path, renamed);

    public void Unlink(string path) => inner.Unlink(path);

    public void CreateFolder(string path) => inner.CreateFolder(path);

    public void RemoveFolder(string path) => inner.RemoveFolder(path);

    public FileIdentity? FlushFolder(string path) => inner.FlushFolder(path);

    public FileStatus? Stat(string path) => inner.Stat(path);

    public IReadOnlyList<FolderEntry> List(string path) => inner.List(path);
}
