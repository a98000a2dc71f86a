using System.Globalization;
using Portability.Core.Native;

namespace Portability.Disks.Blocks;

/// <summary>Turns what the operating system says about a file into the errors of this product.</summary>
internal static class StorageErrors
{
    private const int DiskFullWindows = unchecked((int)0x80070070);
    private const int DiskFullLinux = 28;

    /// <summary>Makes the error for a failed operation.</summary>
    /// <param name="verb">What failed: `open`, `read`, `write`, `create`, `flush`.</param>
    /// <param name="path">The file.</param>
    /// <param name="cause">What the operating system said.</param>
    /// <param name="offset">Offset in bytes, or -1.</param>
    public static StorageException From(string verb, string path, Exception cause, long offset = -1)
    {
        if (cause is FileBusyException busy)
        {
            return InUse(verb, path, busy);
        }

        bool writes = verb is "write" or "create" or "flush" or "resize" or "zero";
        string place = offset < 0 ? string.Empty : FormattableString.Invariant($" at 0x{offset:X}");
        (string id, ErrorKind kind, string fact, string advice) = cause switch
        {
            FileNotFoundException or DirectoryNotFoundException =>
                ("FileNotFound", ErrorKind.NotFound, "there is no such file", "Check the path with Test-Path."),
            UnauthorizedAccessException =>
                ("AccessDenied", ErrorKind.Denied, "access is denied", "Grant this account the right with Set-Acl or chmod, or run as one that has it."),
            IOException { HResult: DiskFullWindows or DiskFullLinux } =>
                ("DiskFull", ErrorKind.WriteFailed, "no space is left on the device", "Free space or choose another folder, and run the cmdlet again."),
            _ when writes => ("WriteFailed", ErrorKind.WriteFailed, cause.Message.TrimEnd('.'), "Check the medium and the path, and run the cmdlet again."),
            _ => ("ReadFailed", ErrorKind.ReadFailed, cause.Message.TrimEnd('.'), "Check the medium and the path, and run the cmdlet again."),
        };
        return new StorageException(id, kind, $"Failed to {verb} '{path}'{place}: {fact}.", advice, path, innerException: cause);
    }

    private static StorageException InUse(string verb, string path, FileBusyException cause)
    {
        (int id, string? name, string reason, string? device, bool isOwn) = cause.Holder;
        string holder = device is not null ? $"the device '{device}'"
            : id == 0 ? "another program"
            : string.Create(CultureInfo.InvariantCulture, $"'{name ?? "a program"}' (process {id})");
        string advice = device is not null ? $"Unmount what lies on '{device}' with umount, detach it with 'losetup --detach {device}', and run the cmdlet again."
            : isOwn ? "Close what has it open in this PowerShell, such as a stream, and run the cmdlet again."
            : id == 0 ? "Shut the machine down or detach the disk there (Stop-VM, Dismount-VHD, umount), or capture a checkpoint of it instead."
            : string.Create(CultureInfo.InvariantCulture, $"Shut the machine down there, or end the program with 'Stop-Process -Id {id}', and run the cmdlet again.");
        return new StorageException("DiskInUse", ErrorKind.Locked, $"Failed to {verb} '{path}': {holder} {reason}.", advice, path, isTransient: true, innerException: cause);
    }
}
