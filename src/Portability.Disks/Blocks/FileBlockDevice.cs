using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Portability.Disks.Blocks;

/// <summary>The bytes of a file. Reads and writes carry their offset to the operating system, so that they run side by side.</summary>
public sealed class FileBlockDevice : IResizableBlockDevice
{
    private readonly SafeFileHandle handle;
    private readonly bool writable;
    private long length;

    private FileBlockDevice(SafeFileHandle handle, string path, long length, bool writable)
    {
        this.handle = handle;
        this.length = length;
        this.writable = writable;
        Name = path;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long Length => Volatile.Read(ref length);

    /// <inheritdoc/>
    public int LogicalSectorSize => 512;

    /// <inheritdoc/>
    public BlockDeviceCapabilities Capabilities => writable ? BlockDeviceCapabilities.Write : BlockDeviceCapabilities.None;

    /// <summary>Opens a file for reading; others may read it too.</summary>
    /// <param name="path">Full path.</param>
    /// <exception cref="StorageException">The file cannot be opened.</exception>
    public static FileBlockDevice Open(string path)
    {
        try
        {
            SafeFileHandle opened = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.Asynchronous);
            return new FileBlockDevice(opened, path, RandomAccess.GetLength(opened), writable: false);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.From("open", path, cause);
        }
    }

    /// <summary>Makes a new, empty file.</summary>
    /// <param name="path">Full path.</param>
    /// <exception cref="StorageException">The file exists or cannot be made.</exception>
    public static FileBlockDevice Create(string path)
    {
        try
        {
            SafeFileHandle opened = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, FileOptions.Asynchronous);
            return new FileBlockDevice(opened, path, 0, writable: true);
        }
        catch (IOException cause) when (File.Exists(path))
        {
            throw new StorageException(
                "FileExists", ErrorKind.Exists, $"Failed to create '{path}': the file exists already.", "Choose another path, or remove it with Remove-Item.", path, innerException: cause);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.From("create", path, cause);
        }
    }

    /// <inheritdoc/>
    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        try
        {
            while (buffer.Length > 0)
            {
                int count = await RandomAccess.ReadAsync(handle, buffer, offset, cancellationToken).ConfigureAwait(false);
                if (count == 0)
                {
                    throw new EndOfStreamException(FormattableString.Invariant($"the file ends here, {Length} bytes were there when it was opened"));
                }

                offset += count;
                buffer = buffer[count..];
            }
        }
        catch (IOException cause)
        {
            throw StorageErrors.From("read", Name, cause, offset);
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        CheckWritable();
        BlockRange.Check(offset, buffer.Length, Length);
        try
        {
            await RandomAccess.WriteAsync(handle, buffer, offset, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException cause)
        {
            throw StorageErrors.From("write", Name, cause, offset);
        }
    }

    /// <inheritdoc/>
    public async ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        CheckWritable();
        BlockRange.Check(offset, length, Length);
        byte[] zeros = new byte[(int)Math.Min(length, 65536)];
        for (long done = 0; done < length; done += zeros.Length)
        {
            await WriteAsync(offset + done, zeros.AsMemory(0, (int)Math.Min(zeros.Length, length - done)), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (writable)
            {
                RandomAccess.FlushToDisk(handle);
            }

            return ValueTask.CompletedTask;
        }
        catch (IOException cause)
        {
            throw StorageErrors.From("flush", Name, cause);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlockExtent> QueryExtentsAsync(
        long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        BlockRange.Check(offset, length, Length);
        if (length > 0)
        {
            yield return new BlockExtent(offset, length, ExtentKind.Data);
        }
    }

    /// <inheritdoc/>
    public ValueTask SetLengthAsync(long length, CancellationToken cancellationToken)
    {
        CheckWritable();
        try
        {
            RandomAccess.SetLength(handle, length);
        }
        catch (IOException cause)
        {
            throw StorageErrors.From("resize", Name, cause);
        }

        Volatile.Write(ref this.length, length);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        handle.Dispose();
        return ValueTask.CompletedTask;
    }

    private void CheckWritable()
    {
        if (!writable)
        {
            throw new NotSupportedException("The file is open for reading only.");
        }
    }
}
