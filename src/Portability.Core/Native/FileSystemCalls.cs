namespace Portability.Core.Native;

/// <summary>The operating system's file system calls.</summary>
public static class FileSystemCalls
{
    /// <summary>Makes the calls of this platform.</summary>
    /// <exception cref="PlatformNotSupportedException">Neither Linux nor Windows.</exception>
    public static IFileSystemCalls Create()
    {
        if (OperatingSystem.IsLinux())
        {
            return new LinuxFileSystemCalls();
        }

        return OperatingSystem.IsWindows()
            ? new WindowsFileSystemCalls()
            : throw new PlatformNotSupportedException("Only Linux and Windows are supported.");
    }
}
