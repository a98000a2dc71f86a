using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Portability.Core.Native;
using Portability.Tests;
using Xunit;

namespace Portability.Core.Tests.Native;

/// <summary>What asking who writes a file leaves behind on the open file.</summary>
public sealed class FileUserTests : IDisposable
{
    private const int GetLease = 1025; // F_GETLEASE

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    [SupportedOSPlatform("linux")]
    public void Who_opens_a_leased_file_for_writing_waits_and_ends_nobody()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Leases are Linux'.");
        string path = Make();
        using SafeFileHandle handle = File.OpenHandle(path);
        Assert.SkipUnless(LinuxFileUsers.TryLease(handle) == true, "This file system has no leases.");

        // The kernel tells this process of it: by the default signal it would be ended here.
        Assert.Equal(-1, Libc.Open(path, Libc.O_WRONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC, 0));
        Assert.Equal(Libc.EAGAIN, Marshal.GetLastPInvokeError());
        LinuxFileUsers.EndLease(handle);
        File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite).Dispose();
    }

    [Fact]
    public void Asking_leaves_no_lease_behind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Leases are Linux'.");
        string path = Make();
        using SafeFileHandle handle = File.OpenHandle(path);
        Assert.Null(NativeStorage.Current.FindUser(handle, path, writable: false));
        Assert.Equal(Libc.F_UNLCK, Libc.Set(handle, GetLease, 0));
        using SafeFileHandle writer = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        Assert.Equal("has it open for writing", NativeStorage.Current.FindUser(handle, path, writable: false)?.Reason);
    }

    [Fact]
    public void One_file_is_known_by_any_of_its_names()
    {
        string path = folder.File("disk.raw"), other = folder.File("other.raw"), link = folder.File("link.raw");
        File.WriteAllBytes(path, new byte[512]);
        File.WriteAllBytes(other, new byte[512]);
        File.CreateSymbolicLink(link, path);
        Assert.True(NativeStorage.Current.IsSameFile(path, path));
        Assert.True(NativeStorage.Current.IsSameFile(path, link));
        Assert.False(NativeStorage.Current.IsSameFile(path, other));
        Assert.False(NativeStorage.Current.IsSameFile(path, folder.File("none")));
        Assert.False(NativeStorage.Current.IsSameFile(folder.File("none"), folder.File("none")));
    }

    private string Make()
    {
        string path = folder.File("leased.raw");
        File.WriteAllBytes(path, new byte[512]);
        return path;
    }
}
