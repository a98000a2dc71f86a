using System.Buffers.Binary;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Native;

/// <summary>Files and `\\.\PhysicalDriveN` on Windows.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsStorage : INativeStorage
{
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int StorageAccessAlignmentProperty = 6;

    /// <inheritdoc/>
    public bool IsFileOrDevice(string path) => IsDevicePath(path) || File.Exists(path);

    /// <inheritdoc/>
    public bool IsBlockDevice(string path) => IsDevicePath(path);

    /// <inheritdoc/>
    public SafeFileHandle Open(string path, bool writable, bool shared)
    {
        // A disk that is online stays open to the system, so only files can be refused to others.
        FileShare share = IsDevicePath(path) || shared ? FileShare.ReadWrite | FileShare.Delete : FileShare.Read;
        try
        {
            return File.OpenHandle(path, FileMode.Open, writable ? FileAccess.ReadWrite : FileAccess.Read, share, FileOptions.Asynchronous);
        }
        catch (IOException cause) when (cause.HResult == SharingViolation)
        {
            throw new FileBusyException(new FileHolder(0, null, "has it open, or it is attached as a disk"), cause);
        }
    }

    /// <inheritdoc/>
    public StorageFacts Query(SafeFileHandle handle)
    {
        Span<byte> output = stackalloc byte[64];
        if (Kernel32.Control(handle, Kernel32.IOCTL_DISK_GET_LENGTH_INFO, [], output[..8], out _) != 0)
        {
            long size = RandomAccess.GetLength(handle);
            return new StorageFacts(false, size, 512, 512, size, 1);
        }

        long length = BinaryPrimitives.ReadInt64LittleEndian(output);
        Span<byte> query = stackalloc byte[12]; // PropertyId, QueryType 0 (standard), one byte and padding.
        query.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(query, StorageAccessAlignmentProperty);
        output.Clear();
        int logical = 0;
        int physical = 0;
        if (Kernel32.Control(handle, Kernel32.IOCTL_STORAGE_QUERY_PROPERTY, query, output, out int returned) == 0 && returned >= 24)
        {
            logical = BinaryPrimitives.ReadInt32LittleEndian(output[16..]); // Version, Size, two cache fields, then the sectors.
            physical = BinaryPrimitives.ReadInt32LittleEndian(output[20..]);
        }

        logical = logical is >= 512 and <= 65536 ? logical : 512;
        physical = physical >= logical && physical <= 65536 ? physical : logical;
        return new StorageFacts(true, length, logical, physical, length, logical);
    }

    /// <inheritdoc/>
    public bool TryFindData(SafeFileHandle handle, long offset, long end, out (long Start, long End) run)
    {
        run = (offset, end);
        Span<byte> range = stackalloc byte[16]; // FILE_ALLOCATED_RANGE_BUFFER: offset and length.
        BinaryPrimitives.WriteInt64LittleEndian(range, offset);
        BinaryPrimitives.WriteInt64LittleEndian(range[8..], end - offset);
        Span<byte> found = stackalloc byte[16];
        int error = Kernel32.Control(handle, Kernel32.FSCTL_QUERY_ALLOCATED_RANGES, range, found, out int returned);
        if (error is not (0 or Kernel32.ERROR_MORE_DATA))
        {
            return true;
        }

        if (returned < found.Length)
        {
            return false;
        }

        long start = Math.Max(BinaryPrimitives.ReadInt64LittleEndian(found), offset);
        run = (start, Math.Min(start + BinaryPrimitives.ReadInt64LittleEndian(found[8..]), end));
        return run.End > run.Start;
    }

    /// <inheritdoc/>
    public void MakeSparse(SafeFileHandle handle) =>
        Kernel32.Control(handle, Kernel32.FSCTL_SET_SPARSE, [], [], out _);

    /// <inheritdoc/>
    public bool TryPunchHole(SafeFileHandle handle, long offset, long length)
    {
        Span<byte> range = stackalloc byte[16]; // FILE_ZERO_DATA_INFORMATION: offset and end.
        BinaryPrimitives.WriteInt64LittleEndian(range, offset);
        BinaryPrimitives.WriteInt64LittleEndian(range[8..], offset + length);
        return Kernel32.Control(handle, Kernel32.FSCTL_SET_ZERO_DATA, range, [], out _) == 0;
    }

    /// <inheritdoc/>
    public FileHolder? Claim(SafeFileHandle handle, string path, bool writable) => null; // Sharing modes tell at open.

    /// <inheritdoc/>
    public FileHolder? FindUser(SafeFileHandle handle, string path, bool writable) => null; // Sharing modes tell at open, of attached disks too.

    /// <inheritdoc/>
    public bool IsSameFile(string path, string other)
    {
        if (IsDevicePath(path) || IsDevicePath(other))
        {
            return string.Equals(path, other, StringComparison.OrdinalIgnoreCase);
        }

        return Identify(path) is { } one && Identify(other) == one;
    }

    private static FileIdentity? Identify(string path)
    {
        using SafeFileHandle handle = Kernel32.CreateFile(path, Kernel32.ReadAttributes, Kernel32.ShareAll, 0, Kernel32.OpenExisting, Kernel32.BackupSemantics, 0);
        Span<byte> information = stackalloc byte[Kernel32.FileInformationSize];
        return !handle.IsInvalid && Kernel32.GetInformation(handle, information) ? WindowsStatus.Read(information).Identity : null;
    }

    private static bool IsDevicePath(string path) =>
        path.StartsWith(@"\\.\", StringComparison.Ordinal)
        || path.StartsWith(@"\\?\GLOBALROOT\", StringComparison.OrdinalIgnoreCase);
}
