using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Native;

/// <summary>The file system calls of Linux.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxFileSystemCalls : IFileSystemCalls
{
    private const int FileMode = 0x1B6; // rw-rw-rw-, narrowed by the umask
    private const int FolderMode = 0x1FF; // rwxrwxrwx, narrowed by the umask

    /// <inheritdoc/>
    public IOpenFile OpenRead(string path) => OpenRegular(path, Libc.O_RDONLY);

    /// <inheritdoc/>
    public IOpenFile OpenWrite(string path) => OpenRegular(path, Libc.O_RDWR);

    /// <inheritdoc/>
    public IOpenFile Create(string path) =>
        new LinuxOpenFile(Open(path, Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL | Libc.O_NOFOLLOW), path);

    /// <summary>EPERM is what link(2) answers on a file system that has no links.</summary>
    /// <inheritdoc/>
    public void Link(string path, string added)
    {
        if (Libc.Link(path, added) != 0)
        {
            int number = Marshal.GetLastPInvokeError();
            throw number == Libc.EPERM
                ? new FileCallException(FileCallError.Unsupported, "link", added, number)
                : LinuxFileErrors.Create("link", added, number);
        }
    }

    /// <inheritdoc/>
    public void RenameNoReplace(string path, string renamed) =>
        Check(Libc.Rename(Libc.AT_FDCWD, path, Libc.AT_FDCWD, renamed, Libc.RENAME_NOREPLACE), "renameat2", renamed);

    /// <inheritdoc/>
    public void Unlink(string path) => Check(Libc.Unlink(path), "unlink", path);

    /// <inheritdoc/>
    public void CreateFolder(string path) => Check(Libc.CreateFolder(path, FolderMode), "mkdir", path);

    /// <inheritdoc/>
    public void RemoveFolder(string path) => Check(Libc.RemoveFolder(path), "rmdir", path);

    /// <inheritdoc/>
    public FileIdentity? FlushFolder(string path)
    {
        using SafeFileHandle folder = Open(path, Libc.O_RDONLY | Libc.O_DIRECTORY);
        Check(Libc.Flush(folder), "fsync", path);
        using var opened = new LinuxOpenFile(folder, path);
        FileIdentity identity = opened.Stat().Identity;
        return identity.Birth == 0 ? null : identity;
    }

    /// <inheritdoc/>
    public FileStatus? Stat(string path)
    {
        Span<byte> status = stackalloc byte[Libc.StatSize];
        if (Libc.Stat(Libc.AT_FDCWD, path, Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_BASIC_STATS | Libc.STATX_BTIME | Libc.STATX_MNT_ID, status) == 0)
        {
            return LinuxStatus.Read(status);
        }

        FileCallException error = LinuxFileErrors.Create("statx", path, Marshal.GetLastPInvokeError());
        return error.Error is FileCallError.NotFound or FileCallError.WrongType ? null : throw error;
    }

    /// <inheritdoc/>
    public IReadOnlyList<FolderEntry> List(string path) => FolderListing.Read(path, this);

    private static SafeFileHandle Open(string path, int flags)
    {
        while (true)
        {
            int descriptor = Libc.Open(path, flags | Libc.O_CLOEXEC, FileMode);
            if (descriptor >= 0)
            {
                return new SafeFileHandle(descriptor, ownsHandle: true);
            }

            int number = Marshal.GetLastPInvokeError();
            if (number != LinuxFileErrors.Interrupted)
            {
                throw LinuxFileErrors.Create("open", path, number);
            }
        }
    }

    private static LinuxOpenFile OpenRegular(string path, int flags)
    {
        var file = new LinuxOpenFile(Open(path, flags | Libc.O_NOFOLLOW | Libc.O_NONBLOCK), path);
        try
        {
            return file.Stat().Kind == FileKind.File ? file : throw new FileCallException(FileCallError.WrongType, "open", path, 0);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void Check(int result, string call, string path)
    {
        if (result != 0)
        {
            throw LinuxFileErrors.Create(call, path, Marshal.GetLastPInvokeError());
        }
    }
}
