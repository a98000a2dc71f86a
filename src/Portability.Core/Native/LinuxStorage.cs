using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Native;

/// <summary>Files and block devices on Linux.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxStorage : INativeStorage
{
    /// <inheritdoc/>
    public bool IsFileOrDevice(string path) => TryStatus(path) is { } status && (status.IsRegularFile || status.IsBlockDevice);

    /// <inheritdoc/>
    public bool IsBlockDevice(string path) => TryStatus(path) is { IsBlockDevice: true };

    /// <inheritdoc/>
    public SafeFileHandle Open(string path, bool writable, bool shared)
    {
        if (!IsBlockDevice(path))
        {
            return File.OpenHandle(path, FileMode.Open, writable ? FileAccess.ReadWrite : FileAccess.Read, FileShare.Read);
        }

        // O_EXCL on a block device fails while it, or a part of it, is mounted or used by another layer.
        int flags = (writable ? Libc.O_RDWR : Libc.O_RDONLY) | Libc.O_CLOEXEC | (shared ? 0 : Libc.O_EXCL);
        int descriptor = Libc.Open(path, flags, 0);
        if (descriptor < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            throw error == Libc.EBUSY
                ? new FileBusyException(new FileHolder(0, null, "has mounted or claimed the device or a part of it"))
                : LinuxErrors.From(error);
        }

        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <inheritdoc/>
    public StorageFacts Query(SafeFileHandle handle)
    {
        LinuxFileStatus status = Status(handle);
        if (!status.IsBlockDevice)
        {
            return new StorageFacts(false, status.Size, 512, 512, status.AllocatedBytes, 1);
        }

        if (Libc.Control(handle, Libc.BLKGETSIZE64, out long length) < 0)
        {
            throw LinuxErrors.From(Marshal.GetLastPInvokeError());
        }

        int logical = SectorSize(handle, Libc.BLKSSZGET, 512);
        return new StorageFacts(true, length, logical, SectorSize(handle, Libc.BLKPBSZGET, logical), length, 1);
    }

    /// <inheritdoc/>
    public bool TryFindData(SafeFileHandle handle, long offset, long end, out (long Start, long End) run)
    {
        run = (offset, end);
        long start = Libc.Seek(handle, offset, Libc.SEEK_DATA);
        if (start < 0)
        {
            // ENXIO: nothing but a hole is left. Anything else: the file system does not know.
            return Marshal.GetLastPInvokeError() != Libc.ENXIO;
        }

        if (start >= end)
        {
            return false;
        }

        long stop = Libc.Seek(handle, start, Libc.SEEK_HOLE);
        run = (start, stop < 0 ? end : Math.Min(stop, end));
        return true;
    }

    /// <inheritdoc/>
    public void MakeSparse(SafeFileHandle handle)
    {
        // Every file can have holes.
    }

    /// <inheritdoc/>
    public bool TryPunchHole(SafeFileHandle handle, long offset, long length)
    {
        if (Libc.Allocate(handle, Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE, offset, length) == 0)
        {
            return true;
        }

        int error = Marshal.GetLastPInvokeError();
        return error is Libc.EOPNOTSUPP or Libc.ENOSYS or Libc.EINVAL or Libc.EPERM ? false : throw LinuxErrors.From(error);
    }

    /// <inheritdoc/>
    public FileHolder? Claim(SafeFileHandle handle, string path, bool writable) => QemuLocks.Claim(handle, path, writable);

    /// <inheritdoc/>
    public FileHolder? FindUser(SafeFileHandle handle, string path, bool writable) => LinuxFileUsers.Find(handle, Status(handle), path, writable);

    /// <inheritdoc/>
    public bool IsSameFile(string path, string other) => TryStatus(path) is { } one && TryStatus(other) is { } two && one.IsSameFile(two);

    private static LinuxFileStatus? TryStatus(string path) => LinuxFileStatus.TryOf(path, 0);

    private static LinuxFileStatus Status(SafeFileHandle handle)
    {
        Span<byte> buffer = stackalloc byte[LinuxFileStatus.StructureSize];
        return Libc.StatOpen(handle, string.Empty, Libc.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS, buffer) == 0
            ? LinuxFileStatus.Read(buffer)
            : throw LinuxErrors.From(Marshal.GetLastPInvokeError());
    }

    private static int SectorSize(SafeFileHandle handle, ulong request, int otherwise) =>
        Libc.Control(handle, request, out long value) == 0 && (int)value is >= 512 and <= 65536 ? (int)value : otherwise;
}
