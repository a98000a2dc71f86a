using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using Portability.Core.Native;

namespace Portability.Disks.Blocks;

/// <summary>
/// The bytes of a regular file or block device. Reads and writes carry their offset to the operating system, so that they run side
/// by side. Holes are asked from the file system.
/// </summary>
public sealed class FileBlockDevice : IResizableBlockDevice
{
    private const int ZeroBufferSize = 1 << 20;

    private readonly SafeFileHandle handle;
    private readonly bool writable;
    private readonly StorageFacts facts;
    private readonly UnbufferedWriter? unbuffered;
    private long length;

    private FileBlockDevice(SafeFileHandle handle, string path, bool writable, bool isNew = false)
    {
        this.handle = handle;
        this.writable = writable;
        facts = NativeStorage.Current.Query(handle);
        length = facts.Length;
        Name = path;

        // What is made anew or is a disk itself is written once; a file that is changed in place is read again.
        unbuffered = isNew || (writable && facts.IsBlockDevice) ? UnbufferedWriter.TryOpen(handle) : null;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long Length => Volatile.Read(ref length);

    /// <inheritdoc/>
    public int LogicalSectorSize => facts.LogicalSectorSize;

    /// <summary>Unit that the medium writes at once, in bytes; 512 for files.</summary>
    public int PhysicalSectorSize => facts.PhysicalSectorSize;

    /// <summary>True for a block device, false for a regular file.</summary>
    public bool IsBlockDevice => facts.IsBlockDevice;

    /// <summary>Unit in bytes that offsets and lengths must be multiples of; above 1 only for disks on Windows.</summary>
    public int Alignment => facts.Alignment;

    /// <inheritdoc/>
    public BlockDeviceCapabilities Capabilities => writable
        ? BlockDeviceCapabilities.Write | BlockDeviceCapabilities.Trim | BlockDeviceCapabilities.SparseZero | BlockDeviceCapabilities.Extents
        : BlockDeviceCapabilities.Extents;

    /// <summary>Opens a file or block device for reading; others may read it too.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="allowInUse">True to read it though another program may be changing it.</param>
    /// <exception cref="StorageException">`DiskInUse`, or the file cannot be opened.</exception>
    public static FileBlockDevice Open(string path, bool allowInUse = false) => Open(path, writable: false, allowInUse);

    /// <summary>Opens an existing file or block device for reading and writing, alone.</summary>
    /// <param name="path">Full path.</param>
    /// <exception cref="StorageException">`DiskInUse`, or the file cannot be opened.</exception>
    public static FileBlockDevice OpenForWriting(string path) => Open(path, writable: true, allowInUse: false);

    /// <summary>Makes a new, empty file.</summary>
    /// <param name="path">Full path.</param>
    /// <exception cref="StorageException">The file exists or cannot be made.</exception>
    public static FileBlockDevice Create(string path)
    {
        SafeFileHandle? made = null;
        try
        {
            made = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, FileOptions.Asynchronous);
            NativeStorage.Current.MakeSparse(made);
            NativeStorage.Current.Claim(made, path, writable: true);
            return new FileBlockDevice(made, path, writable: true, isNew: true);
        }
        catch (IOException cause) when (made is null && File.Exists(path))
        {
            throw new StorageException(
                "FileExists", ErrorKind.Exists, $"Failed to create '{path}': the file exists already.", "Choose another path, or remove it with Remove-Item.", path, innerException: cause);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            made?.Dispose();
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
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
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
            if (unbuffered is not null && unbuffered.Takes(offset, buffer.Span))
            {
                int done = await WriteUnbufferedAsync(unbuffered, offset, buffer, cancellationToken).ConfigureAwait(false);
                offset += done;
                buffer = buffer[done..];
                if (buffer.IsEmpty)
                {
                    return;
                }
            }

            await RandomAccess.WriteAsync(handle, buffer, offset, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.From("write", Name, cause, offset);
        }
    }

    /// <inheritdoc/>
    public async ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        CheckWritable();
        BlockRange.Check(offset, length, Length);
        if (length == 0 || TryPunchHole(offset, length))
        {
            return;
        }

        byte[] zeros = new byte[(int)Math.Min(length, ZeroBufferSize)];
        for (long done = 0; done < length; done += zeros.Length)
        {
            await WriteAsync(offset + done, zeros.AsMemory(0, (int)Math.Min(zeros.Length, length - done)), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        if (writable && length > 0)
        {
            TryPunchHole(offset, length);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (!writable)
        {
            return;
        }

        try
        {
            await Task.Run(() => RandomAccess.FlushToDisk(handle), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
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
        long end = offset + length;
        while (offset < end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!NativeStorage.Current.TryFindData(handle, offset, end, out (long Start, long End) run))
            {
                yield return new BlockExtent(offset, end - offset, ExtentKind.Hole);
                yield break;
            }

            if (run.Start > offset)
            {
                yield return new BlockExtent(offset, run.Start - offset, ExtentKind.Hole);
            }

            yield return new BlockExtent(run.Start, run.End - run.Start, ExtentKind.Data);
            offset = run.End;
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
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.From("resize", Name, cause);
        }

        Volatile.Write(ref this.length, length);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        unbuffered?.Dispose();
        handle.Dispose();
        return ValueTask.CompletedTask;
    }

    private static FileBlockDevice Open(string path, bool writable, bool allowInUse)
    {
        SafeFileHandle? opened = null;
        try
        {
            opened = NativeStorage.Current.Open(path, writable, allowInUse);
            var device = new FileBlockDevice(opened, path, writable);
            if (!allowInUse && (NativeStorage.Current.Claim(opened, path, writable) ?? NativeStorage.Current.FindUser(opened, path, writable)) is { } holder)
            {
                throw new FileBusyException(holder);
            }

            return device;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            opened?.Dispose();
            throw StorageErrors.From("open", path, cause);
        }
    }

    // A write waits for the disk: it must not hold a thread of the pool, which unpacking and hashing need.
    private static Task<int> WriteUnbufferedAsync(UnbufferedWriter writer, long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () => writer.Write(offset, buffer.Span), cancellationToken, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    private bool TryPunchHole(long offset, long length)
    {
        try
        {
            return NativeStorage.Current.TryPunchHole(handle, offset, length);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.From("zero", Name, cause, offset);
        }
    }

    private void CheckWritable()
    {
        if (!writable)
        {
            throw new NotSupportedException("The file is open for reading only.");
        }
    }
}
