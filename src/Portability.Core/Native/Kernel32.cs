using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Native;

/// <summary>Calls of kernel32 on Windows.</summary>
[SupportedOSPlatform("windows")]
internal static partial class Kernel32
{
    public const uint FSCTL_SET_SPARSE = 0x000900C4, FSCTL_SET_ZERO_DATA = 0x000980C8, FSCTL_QUERY_ALLOCATED_RANGES = 0x000940CF;
    public const uint IOCTL_DISK_GET_LENGTH_INFO = 0x0007405C, IOCTL_STORAGE_QUERY_PROPERTY = 0x002D1400;
    public const int ERROR_IO_PENDING = 997, ERROR_MORE_DATA = 234;

    private const string Library = "kernel32";

    /// <summary>Sends a control code and waits; input and output are little-endian structures in plain buffers.</summary>
    /// <param name="handle">File or device, opened for overlapped use.</param>
    /// <param name="code">Control code.</param>
    /// <param name="input">What the code takes.</param>
    /// <param name="output">Where the answer goes.</param>
    /// <param name="returned">Bytes of the answer; there may be some though the call failed.</param>
    /// <returns>0, or the error.</returns>
    public static unsafe int Control(SafeFileHandle handle, uint code, ReadOnlySpan<byte> input, Span<byte> output, out int returned)
    {
        using var done = new ManualResetEvent(initialState: false);
        nint signal = done.SafeWaitHandle.DangerousGetHandle();

        // The lowest bit keeps the completion away from the port that .NET has bound the handle to.
        var overlapped = new NativeOverlapped { EventHandle = signal | 1 };
        int error = 0;
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            if (!DeviceIoControl(handle, code, from, input.Length, to, output.Length, out returned, &overlapped))
            {
                error = Marshal.GetLastPInvokeError();
            }

            if (error == ERROR_IO_PENDING)
            {
                error = GetOverlappedResult(handle, &overlapped, out returned, wait: true) ? 0 : Marshal.GetLastPInvokeError();
            }
        }

        return error;
    }

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool DeviceIoControl(
        SafeFileHandle device, uint code, byte* input, int inputSize, byte* output, int outputSize, out int returned, NativeOverlapped* overlapped);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool GetOverlappedResult(
        SafeFileHandle file, NativeOverlapped* overlapped, out int transferred, [MarshalAs(UnmanagedType.Bool)] bool wait);
}
