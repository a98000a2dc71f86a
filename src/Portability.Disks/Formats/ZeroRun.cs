namespace Portability.Disks.Formats;

/// <summary>Counts zeros. Tables of sparse disks are mostly zeros; passing over them entry by entry is what opening a large disk would cost.</summary>
internal static class ZeroRun
{
    /// <summary>Counts the zero bytes at the start of bytes.</summary>
    /// <param name="source">Bytes.</param>
    /// <returns>Number of bytes before the first that is not zero.</returns>
    public static int Count(ReadOnlySpan<byte> source)
    {
        int first = source.IndexOfAnyExcept((byte)0);
        return first < 0 ? source.Length : first;
    }
}
