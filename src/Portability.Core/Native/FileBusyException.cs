namespace Portability.Core.Native;

/// <summary>A file or device is open elsewhere in a way that does not go with this use. Callers turn it into an error of this product.</summary>
public sealed class FileBusyException : IOException
{
    /// <summary>Initialises the error.</summary>
    /// <param name="holder">Who holds the file.</param>
    /// <param name="innerException">What the system said, if anything.</param>
    public FileBusyException(FileHolder holder, Exception? innerException = null)
        : base($"The file is in use: another program {holder.Reason}.", innerException) => Holder = holder;

    /// <summary>Who holds the file.</summary>
    public FileHolder Holder { get; }
}
