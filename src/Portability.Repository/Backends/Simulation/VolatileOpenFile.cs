using Portability.Core.Native;

namespace Portability.Repository.Backends;

/// <summary>An open simulated file; dead after a restart.</summary>
internal sealed class VolatileOpenFile(VolatileFileSystem system, VolatileFile file, string path, int start) : IOpenFile
{
    /// <inheritdoc/>
    public FileStatus Stat() => system.Do("stat", path, () => VolatileFileSystem.StatusOf(file), start);

    /// <inheritdoc/>
    public int Read(long offset, Span<byte> target)
    {
        byte[] content = system.Do("read", path, () => file.Content, start);
        int count = (int)Math.Clamp(content.Length - offset, 0, target.Length);
        content.AsSpan((int)Math.Min(offset, content.Length), count).CopyTo(target);
        return count;
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        byte[] copy = source.ToArray();
        system.Do(
            "write",
            path,
            () =>
            {
                file.Write(offset, copy);
                return true;
            },
            start);
    }

    /// <inheritdoc/>
    public void Flush() => system.Do(
        "fsync",
        path,
        () =>
        {
            file.Flush();
            return true;
        },
        start);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Closing a file makes nothing durable and cannot fail here.
    }
}
