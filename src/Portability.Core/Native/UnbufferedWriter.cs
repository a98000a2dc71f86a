using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Native;

/// <summary>
/// Writes long aligned pieces of an open file straight to its disk: what is written once and not read soon would only push other
/// programs' pages out of the page cache, and be copied once more. The file's own handle sees the bytes at once. Thread-safe.
/// </summary>
/// <remarks>open(2), `O_DIRECT`. A file system that refuses is written through the cache as ever.</remarks>
public sealed class UnbufferedWriter : IDisposable
{
    // A disk keeps what it was sent in its own cache until it is told to write: told in between, it works while the rest is made.
    private const long FlushInterval = 256 << 20;

    /// <summary>Pieces shorter than this are cheaper through the cache.</summary>
    public const int LeastLength = 128 << 10;

    private readonly SafeFileHandle handle;
    private volatile bool refused;
    private long written;
    private Task flushing = Task.CompletedTask;

    private UnbufferedWriter(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Opens an open file or block device once more.</summary>
    /// <param name="file">Open for writing; stays the caller's.</param>
    /// <returns>Null where the system or the file system has no such writes.</returns>
    public static UnbufferedWriter? TryOpen(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        int descriptor = Libc.Open(FormattableString.Invariant($"/proc/self/fd/{file.DangerousGetHandle()}"), Libc.O_WRONLY | Libc.O_DIRECT | Libc.O_CLOEXEC, 0);
        return descriptor < 0 ? null : new UnbufferedWriter(new SafeFileHandle(descriptor, ownsHandle: true));
    }

    /// <summary>Tells whether a piece is written here.</summary>
    /// <param name="offset">Where it goes, in bytes.</param>
    /// <param name="source">The piece.</param>
    public bool Takes(long offset, ReadOnlySpan<byte> source) => !refused && source.Length >= LeastLength && AlignedMemory.IsAligned(offset, source);

    /// <summary>Writes a piece that is taken. Blocking.</summary>
    /// <param name="offset">Where it goes, in bytes.</param>
    /// <param name="source">The piece.</param>
    /// <returns>Bytes written; less than all if the disk or file system refused, so that the rest, through the cache, succeeds or tells why it cannot.</returns>
    public int Write(long offset, ReadOnlySpan<byte> source)
    {
        int done = 0;
        while (done < source.Length)
        {
            nint count = Libc.Write(handle, source[done..], (nuint)(source.Length - done), offset + done);
            if (count > 0)
            {
                done += (int)count;
                if (count % AlignedMemory.Alignment != 0)
                {
                    break;
                }
            }
            else if (count == 0 || Marshal.GetLastPInvokeError() != LinuxFileErrors.Interrupted)
            {
                refused = true;
                break;
            }
        }

        long total = Interlocked.Add(ref written, done);
        if (total / FlushInterval > (total - done) / FlushInterval && flushing.IsCompleted)
        {
            StartFlush();
        }

        return done;
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    // What fails here fails again at the file's own flush: the system tells each open file of a lost write (fsync(2), "Errors").
    private void StartFlush()
    {
        bool held = false;
        handle.DangerousAddRef(ref held);
        int descriptor = (int)handle.DangerousGetHandle();
        flushing = Task.Factory.StartNew(
            () =>
            {
                _ = Libc.FlushDescriptor(descriptor);
                handle.DangerousRelease();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default);
    }
}
