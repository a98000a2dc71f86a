using Portability.Core.Native;

namespace Portability.Repository.Tests.Backends;

/// <summary>Stands before a file system: runs something else between two calls, or leaves out flushes, to see that this is noticed.</summary>
internal sealed class MeddlingCalls(IFileSystemCalls inner) : IFileSystemCalls
{
    private bool meddling;

    public Action Between { get; set; } = () => { };

    public bool ForgetFileFlush { get; init; }

    public bool ForgetFolderFlush { get; init; }

    public IOpenFile OpenRead(string path) => Do(() => inner.OpenRead(path));

    public IOpenFile OpenWrite(string path) => Do(() => inner.OpenWrite(path));

    public IOpenFile Create(string path) => Do(() => new MeddlingFile(this, inner.Create(path)));

    public void Link(string path, string added) => Do(() => inner.Link(path, added));

    public void RenameNoReplace(string path, string renamed) => Do(() => inner.RenameNoReplace(path, renamed));

    public void Unlink(string path) => Do(() => inner.Unlink(path));

    public void CreateFolder(string path) => Do(() => inner.CreateFolder(path));

    public void RemoveFolder(string path) => Do(() => inner.RemoveFolder(path));

    public FileIdentity? FlushFolder(string path) => Do(() => ForgetFolderFlush ? inner.Stat(path)?.Identity : inner.FlushFolder(path));

    public FileStatus? Stat(string path) => Do(() => inner.Stat(path));

    public IReadOnlyList<FolderEntry> List(string path) => Do(() => inner.List(path));

    private void Do(Action call) => Do(() =>
    {
        call();
        return true;
    });

    private T Do<T>(Func<T> call)
    {
        if (!meddling)
        {
            meddling = true;
            try
            {
                Between();
            }
            finally
            {
                meddling = false;
            }
        }

        return call();
    }

    private sealed class MeddlingFile(MeddlingCalls calls, IOpenFile file) : IOpenFile
    {
        public FileStatus Stat() => calls.Do(file.Stat);

        public int Read(long offset, Span<byte> target) => file.Read(offset, target);

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            calls.Do(() => { });
            file.Write(offset, source);
        }

        public void Flush() => calls.Do(() =>
        {
            if (!calls.ForgetFileFlush)
            {
                file.Flush();
            }
        });

        public void Dispose() => file.Dispose();
    }
}
