namespace Portability.Core.Native;

/// <summary>A file system call that failed. Its caller knows what was attempted and turns it into a <see cref="StorageException"/>.</summary>
public sealed class FileCallException : IOException
{
    /// <summary>Initialises the error.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="call">The call's name, such as `link`.</param>
    /// <param name="path">The path it was made for.</param>
    /// <param name="code">The platform's error number.</param>
    /// <param name="innerException">The cause, if any.</param>
    public FileCallException(FileCallError error, string call, string path, int code, Exception? innerException = null)
        : base(FormattableString.Invariant($"{call} '{path}' failed with {error} (error number {code})"), innerException)
    {
        Error = error;
        Call = call;
        Path = path;
        Code = code;
    }

    /// <summary>The reason.</summary>
    public FileCallError Error { get; }

    /// <summary>The call's name.</summary>
    public string Call { get; }

    /// <summary>The path it was made for.</summary>
    public string Path { get; }

    /// <summary>The platform's error number.</summary>
    public int Code { get; }
}
