using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Native;

/// <summary>The file system calls of Windows.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsFileSystemCalls : IFileSystemCalls
{
    /// <inheritdoc/>
    public IOpenFile OpenRead(string path) => Open(path, FileMode.Open, FileAccess.Read);

    /// <inheritdoc/>
    public IOpenFile OpenWrite(string path) => Open(path, FileMode.Open, FileAccess.ReadWrite);

    /// <inheritdoc/>
    public IOpenFile Create(string path) => Open(path, FileMode.CreateNew, FileAccess.ReadWrite);

    /// <summary>Links, then flushes the file through its new name: NTFS writes its log up to the file's last change.</summary>
    /// <inheritdoc/>
    public void Link(string path, string added)
    {
        Check(Kernel32.CreateHardLink(added, path, 0), "CreateHardLink", added);
        using IOpenFile file = OpenWrite(added);
        file.Flush();
    }

    /// <inheritdoc/>
    public void RenameNoReplace(string path, string renamed) => Check(Kernel32.Move(path, renamed, 0), "MoveFileEx", renamed);

    /// <inheritdoc/>
    public void Unlink(string path) => Check(Kernel32.Delete(path), "DeleteFile", path);

    /// <inheritdoc/>
    public void CreateFolder(string path) => Check(Kernel32.CreateFolder(path, 0), "CreateDirectory", path);

    /// <inheritdoc/>
    public void RemoveFolder(string path) => Check(Kernel32.RemoveFolder(path), "RemoveDirectory", path);

    /// <inheritdoc/>
    public FileIdentity? FlushFolder(string path)
    {
        using SafeFileHandle folder = OpenHandle(path, Kernel32.AddFile | Kernel32.AddSubfolder | Kernel32.ReadAttributes);
        Check(Kernel32.Flush(folder), "FlushFileBuffers", path);
        using var opened = new WindowsOpenFile(folder, path);
        return opened.Stat().Identity;
    }

    /// <inheritdoc/>
    public FileStatus? Stat(string path)
    {
        try
        {
            using SafeFileHandle handle = OpenHandle(path, Kernel32.ReadAttributes);
            using var opened = new WindowsOpenFile(handle, path);
            return opened.Stat();
        }
        catch (FileCallException exception) when (exception.Error is FileCallError.NotFound or FileCallError.WrongType)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<FolderEntry> List(string path) => FolderListing.Read(path, this);

    /// <summary>Makes the error of the last call.</summary>
    internal static FileCallException LastError(string call, string path)
    {
        int code = Marshal.GetLastPInvokeError();
        return new FileCallException(WindowsErrors.Classify(code), call, path, code);
    }

    /// <summary>Makes the error of a runtime's exception.</summary>
    internal static FileCallException Error(string call, string path, Exception exception)
    {
        int code = exception.HResult & 0xFFFF;
        return new FileCallException(WindowsErrors.Classify(code), call, path, code, exception);
    }

    private static WindowsOpenFile Open(string path, FileMode mode, FileAccess access)
    {
        try
        {
            return new WindowsOpenFile(File.OpenHandle(path, mode, access, FileShare.ReadWrite | FileShare.Delete), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Error("CreateFile", path, exception);
        }
    }

    private static SafeFileHandle OpenHandle(string path, uint access)
    {
        SafeFileHandle handle = Kernel32.CreateFile(
            path, access, Kernel32.ShareAll, 0, Kernel32.OpenExisting, Kernel32.BackupSemantics | Kernel32.OpenReparsePoint, 0);
        if (!handle.IsInvalid)
        {
            return handle;
        }

        FileCallException error = LastError("CreateFile", path);
        handle.Dispose();
        throw error;
    }

    private static void Check(bool succeeded, string call, string path)
    {
        if (!succeeded)
        {
            throw LastError(call, path);
        }
    }
}
