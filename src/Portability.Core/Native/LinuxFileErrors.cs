namespace Portability.Core.Native;

/// <summary>Turns error numbers of Linux (asm-generic) into <see cref="FileCallError"/>.</summary>
internal static class LinuxFileErrors
{
    public const int Interrupted = 4;
    public const int BadDescriptor = 9;

    /// <summary>The reason that an error number stands for.</summary>
    /// <param name="number">errno.</param>
    public static FileCallError Classify(int number) => number switch
    {
        2 => FileCallError.NotFound,
        17 => FileCallError.Exists,
        39 => FileCallError.NotEmpty,
        1 or 13 => FileCallError.Denied,
        30 => FileCallError.ReadOnly,
        28 or 122 => FileCallError.Full,
        18 => FileCallError.CrossDevice,
        22 or 31 or 38 or 95 => FileCallError.Unsupported,
        23 or 24 => FileCallError.TooManyOpenFiles,
        6 or 20 or 21 or 40 => FileCallError.WrongType,
        11 or 16 or 100 or 101 or 103 or 104 or 107 or 110 or 112 or 113 or 116 => FileCallError.Unreachable,
        5 or 121 or 52 or 61 or 117 => FileCallError.InputOutput,
        _ => FileCallError.Other,
    };

    /// <summary>Makes the error.</summary>
    /// <param name="call">The call's name.</param>
    /// <param name="path">The path it was made for.</param>
    /// <param name="number">errno.</param>
    public static FileCallException Create(string call, string path, int number) => new(Classify(number), call, path, number);
}
