namespace Portability.Core.Native;

/// <summary>How the C library's allocator treats the large pieces that native codecs ask for.</summary>
public static class NativeHeap
{
    /// <summary>Pieces up to this many bytes come from the heap, above every working set of a Brotli encoder or decoder for one frame.</summary>
    private const int LargestPiece = 4 << 20;

    /// <summary>Free bytes at the end of a heap above which they go back to the system.</summary>
    private const int LargestRest = 16 << 20;

    private static int done;

    /// <summary>
    /// Keeps freed pieces for the next call instead of giving them back to the system. A codec that is made for every frame gets its megabyte
    /// from the system else, and each fresh page costs a fault: on a virtual machine more time than the compression itself. Thread-safe; the
    /// first call counts. Does nothing where the C library is not glibc.
    /// </summary>
    public static void KeepLargePieces()
    {
        if (!OperatingSystem.IsLinux() || Interlocked.Exchange(ref done, 1) != 0)
        {
            return;
        }

        try
        {
            _ = Libc.TuneHeap(Libc.M_MMAP_THRESHOLD, LargestPiece);
            _ = Libc.TuneHeap(Libc.M_TRIM_THRESHOLD, LargestRest);
        }
        catch (EntryPointNotFoundException)
        {
            // another C library: its allocator has rules of its own
        }
    }
}
