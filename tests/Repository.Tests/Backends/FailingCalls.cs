using Portability.Core.Native;

namespace Portability.Repository.Tests.Backends;

/// <summary>Counts calls and lets one of them fail.</summary>
internal sealed class FailingCalls(IFileSystemCalls inner) : IFileSystemCalls
{
    private FileCallError failure;
    private long failAt = -1;

    public long Made { get; private set; }

    public void FailAt(long number, FileCallError error) => (failAt, failure) = (number, error);

    public IOpenFile OpenRead(string path) => Do("open", path, () => inner.OpenRead(path));

    public IOpenFile OpenWrite(string path) => Do("open", path, () => inner.OpenWrite(path));

    public IOpenFile Create(string path) => Do("open", path, () => new FailingFile(this, inner.Create(path), path));

    public void Link(string path, string added) => Do("link", added, () => inner.Link(path, added));

    public void RenameNoReplace(string path, string renamed) => Do("rename", renamed, () => inner.RenameNoReplace(path, renamed));

    public void Unlink(string path) => Do("unlink", path, () => inner.Unlink(path));

    public void CreateFolder(string path) => Do("mkdir", path, () => inner.CreateFolder(path));

    public void RemoveFolder(string path) => Do("rmdir", path, () => inner.RemoveFolder(path));

    public FileIdentity? FlushFolder(string path) => Do("fsync", path, () => inner.FlushFolder(path));

    public FileStatus? Stat(string path) => Do("stat", path, () => inner.Stat(path));

    public IReadOnlyList<FolderEntry> List(string path) => Do("list", path, () => inner.List(path));

    private void Do(string call, string path, Action body) => Do(call, path, () =>
    {
        body();
        return true;
    });

    private T Do<T>(string call, string path, Func<T> body) => Made++ == failAt ? throw new FileCallException(failure, call, path, 5) : body();

    private sealed class FailingFile(FailingCalls calls, IOpenFile file, string path) : IOpenFile
    {
        public FileStatus Stat() => calls.Do("stat", path, file.Stat);

        public int Read(long offset, Span<byte> target) => file.Read(offset, target);

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            byte[] copy = source.ToArray();
            calls.Do("write", path, () => file.Write(offset, copy));
        }

        public void Flush() => calls.Do("fsync", path, file.Flush);

        public void Dispose() => file.Dispose();
    }
}
