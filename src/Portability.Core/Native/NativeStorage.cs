namespace Portability.Core.Native;

/// <summary>Chooses the implementation for the operating system this runs on.</summary>
public static class NativeStorage
{
    /// <summary>The implementation for this system.</summary>
    /// <exception cref="PlatformNotSupportedException">Neither Windows nor Linux.</exception>
    public static INativeStorage Current { get; } = Choose();

    private static INativeStorage Choose()
    {
        if (OperatingSystem.IsWindows())
        {
            return new WindowsStorage();
        }

        return OperatingSystem.IsLinux() ? new LinuxStorage() : throw new PlatformNotSupportedException("Disks are read on Windows and Linux.");
    }
}
