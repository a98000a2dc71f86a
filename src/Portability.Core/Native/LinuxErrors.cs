using System.Runtime.InteropServices;

namespace Portability.Core.Native;

/// <summary>Turns error numbers of Linux into the exceptions that .NET throws for them.</summary>
internal static class LinuxErrors
{
    private const int NoSuchFile = 2;

    /// <summary>Makes the exception; its <see cref="Exception.HResult"/> is the error number, as .NET has it.</summary>
    /// <param name="error">Error number.</param>
    public static Exception From(int error)
    {
        string message = Marshal.GetPInvokeErrorMessage(error);
        return error switch
        {
            NoSuchFile => new FileNotFoundException(message),
            Libc.EACCES or Libc.EPERM => new UnauthorizedAccessException(message),
            _ => new IOException(message, error),
        };
    }
}
