using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Native;

/// <summary>An open file on Windows.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsOpenFile(SafeFileHandle handle, string path) : IOpenFile
{
    /// <inheritdoc/>
    public FileStatus Stat()
    {
        Span<byte> information = stackalloc byte[Kernel32.FileInformationSize];
        return Kernel32.GetInformation(handle, information)
            ? WindowsStatus.Read(information)
            : throw WindowsFileSystemCalls.LastError("GetFileInformationByHandle", path);
    }

    /// <inheritdoc/>
    public int Read(long offset, Span<byte> target)
    {
        int done = 0;
        while (done < target.Length)
        {
            int count = ReadSome(offset + done, target[done..]);
            if (count == 0)
            {
                break;
            }

            done += count;
        }

        return done;
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        try
        {
            RandomAccess.Write(handle, source, offset);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw WindowsFileSystemCalls.Error("WriteFile", path, exception);
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (!Kernel32.Flush(handle))
        {
            throw WindowsFileSystemCalls.LastError("FlushFileBuffers", path);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    private int ReadSome(long offset, Span<byte> target)
    {
        try
        {
            return RandomAccess.Read(handle, target, offset);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw WindowsFileSystemCalls.Error("ReadFile", path, exception);
        }
    }
}
