namespace Portability.Core.Native;

/// <summary>Turns Win32 error codes into <see cref="FileCallError"/>.</summary>
internal static class WindowsErrors
{
    /// <summary>The reason that a code stands for.</summary>
    /// <param name="code">Win32 error code.</param>
    public static FileCallError Classify(int code) => code switch
    {
        2 or 3 => FileCallError.NotFound,
        80 or 183 => FileCallError.Exists,
        145 => FileCallError.NotEmpty,
        5 or 32 or 33 or 65 => FileCallError.Denied,
        19 => FileCallError.ReadOnly,
        39 or 112 or 1295 => FileCallError.Full,
        17 => FileCallError.CrossDevice,
        1 or 50 or 1142 => FileCallError.Unsupported,
        4 => FileCallError.TooManyOpenFiles,
        267 or 1920 => FileCallError.WrongType,
        53 or 55 or 59 or 64 or 67 or 121 or 1231 or 1232 => FileCallError.Unreachable,
        23 or 27 or 30 or 29 or 1117 => FileCallError.InputOutput,
        _ => FileCallError.Other,
    };
}
