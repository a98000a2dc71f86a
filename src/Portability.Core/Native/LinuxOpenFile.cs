using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Native;

/// <summary>An open file on Linux.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxOpenFile(SafeFileHandle handle, string path) : IOpenFile
{
    /// <inheritdoc/>
    public FileStatus Stat()
    {
        Span<byte> status = stackalloc byte[Libc.StatSize];
        if (Libc.StatOpen(handle, string.Empty, Libc.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS | Libc.STATX_BTIME | Libc.STATX_MNT_ID, status) != 0)
        {
            throw LinuxFileErrors.Create("statx", path, Marshal.GetLastPInvokeError());
        }

        return LinuxStatus.Read(status);
    }

    /// <inheritdoc/>
    public int Read(long offset, Span<byte> target)
    {
        int done = 0;
        while (done < target.Length)
        {
            nint count = Libc.Read(handle, target[done..], (nuint)(target.Length - done), offset + done);
            if (count == 0)
            {
                break;
            }

            done += Progress("read", count);
        }

        return done;
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        int done = WriteUnbuffered(offset, source);
        while (done < source.Length)
        {
            done += Progress("write", Libc.Write(handle, source[done..], (nuint)(source.Length - done), offset + done));
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (Libc.Flush(handle) != 0)
        {
            throw LinuxFileErrors.Create("fsync", path, Marshal.GetLastPInvokeError());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    // A pack is written once, and read again when its snapshot is: pages of it in the cache would be others' pages lost.
    private int WriteUnbuffered(long offset, ReadOnlySpan<byte> source)
    {
        ReadOnlySpan<byte> aligned = source[..(source.Length & -AlignedMemory.Alignment)];
        if (aligned.Length < UnbufferedWriter.LeastLength || !AlignedMemory.IsAligned(offset, aligned))
        {
            return 0;
        }

        using var writer = UnbufferedWriter.TryOpen(handle);
        return writer is null ? 0 : writer.Write(offset, aligned);
    }

    private int Progress(string call, nint result)
    {
        if (result >= 0)
        {
            return (int)result;
        }

        int number = Marshal.GetLastPInvokeError();
        return number == LinuxFileErrors.Interrupted ? 0 : throw LinuxFileErrors.Create(call, path, number);
    }
}
