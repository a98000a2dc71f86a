namespace Portability.Core.Native;

/// <summary>An open file. Offset-based; reads beside each other are allowed, a write excludes others by the caller's own order.</summary>
public interface IOpenFile : IDisposable
{
    /// <summary>What the file system says about the open file.</summary>
    /// <exception cref="FileCallException">The call failed.</exception>
    FileStatus Stat();

    /// <summary>Reads bytes; fewer than asked for only at the end of the file.</summary>
    /// <param name="offset">Where to start, in bytes.</param>
    /// <param name="target">Where to put them; owned by the caller.</param>
    /// <returns>Bytes read.</returns>
    /// <exception cref="FileCallException">The call failed.</exception>
    int Read(long offset, Span<byte> target);

    /// <summary>Writes all bytes.</summary>
    /// <param name="offset">Where to start, in bytes; at most the file's length.</param>
    /// <param name="source">What to write; owned by the caller.</param>
    /// <exception cref="FileCallException">The call failed; some bytes may be written.</exception>
    void Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>Returns when content and length would survive a power cut; the file's name is the folder's matter.</summary>
    /// <exception cref="FileCallException">The call failed: what was written must be given up, a second flush proves nothing.</exception>
    void Flush();
}
