using Portability.Core.Native;

namespace Portability.Repository.Backends;

/// <summary>Turns failed file system calls into errors that an admin can act on.</summary>
internal static class DirectoryStoreErrors
{
    private const string RunAgain = "Run the command again; what was committed is safe.";

    /// <summary>Makes the error.</summary>
    /// <param name="failure">What failed.</param>
    /// <param name="verb">What was attempted: `read`, `write`, `list`, `delete` or `open`.</param>
    /// <param name="target">The object or folder concerned.</param>
    /// <param name="location">The store's path.</param>
    public static StorageException Create(FileCallException failure, string verb, string target, string location)
    {
        (string id, ErrorKind kind, string fact, string recommendation, bool transient) = Describe(failure, verb is "write" or "delete", location);
        return new StorageException(
            id,
            kind,
            FormattableString.Invariant($"Failed to {verb} {(target.Length == 0 ? string.Empty : $"'{target}' in ")}'{location}': {fact} ({failure.Call}, error number {failure.Code})."),
            recommendation,
            target.Length == 0 ? location : target,
            transient,
            failure);
    }

    /// <summary>The store's folder is not there.</summary>
    public static StorageException NotFound(string location) => new(
        "StoreNotFound",
        ErrorKind.NotFound,
        $"Failed to open '{location}': there is no such folder.",
        "Check the path and that its drive is mounted, or run New-WorkloadRepository to make a repository there.",
        location);

    private static (string Id, ErrorKind Kind, string Fact, string Recommendation, bool Transient) Describe(FileCallException failure, bool writing, string location) =>
        failure.Error switch
        {
            FileCallError.Full => ("StoreFull", ErrorKind.WriteFailed, "no space or quota is left", $"Free space at '{location}', for example with Optimize-WorkloadRepository after Remove-WorkloadSnapshot, and run the command again.", false),
            FileCallError.ReadOnly => ("StoreReadOnly", ErrorKind.Denied, "the file system is read-only", $"Remount '{location}' for writing, or use a repository that can be written.", false),
            FileCallError.Denied => ("StoreAccessDenied", ErrorKind.Denied, "access is denied", $"Grant the account of this process {(writing ? "write" : "read")} access to '{location}' and everything in it.", false),
            FileCallError.NotFound => ("StoreNotFound", ErrorKind.NotFound, "the folder is gone", "Check the path and that its drive is mounted, or run New-WorkloadRepository to make a repository there.", false),
            FileCallError.CrossDevice => ("StoreNotConsistent", ErrorKind.Unsupported, "a folder inside the repository lies on another file system", $"Keep everything in '{location}' on one file system: unmount what is mounted inside it.", false),
            FileCallError.Unsupported => ("StoreNotConsistent", ErrorKind.Unsupported, "the file system has no hard links", "Put the repository on NTFS, ReFS, ext4, XFS, Btrfs or another file system with hard links.", false),
            FileCallError.WrongType => (writing ? "StoreWriteFailed" : "StoreReadFailed", writing ? ErrorKind.WriteFailed : ErrorKind.ReadFailed, "a folder, link or device stands where a file is expected, or a file where a folder is", $"Look at '{location}' and move away what this product did not put there.", false),
            FileCallError.TooManyOpenFiles => ("StoreBusy", writing ? ErrorKind.WriteFailed : ErrorKind.ReadFailed, "too many files are open", "Raise the limit of open files (ulimit -n) or run fewer commands at once.", true),
            FileCallError.Unreachable => ("StoreUnreachable", ErrorKind.Unreachable, "the server of the share does not answer", $"Check the network and the server behind '{location}'. {RunAgain}", true),
            _ when writing => ("StoreWriteFailed", ErrorKind.WriteFailed, "the device reports an error", $"Check the disk behind '{location}' and the system log. {RunAgain}", false),
            _ => ("StoreReadFailed", ErrorKind.ReadFailed, "the device reports an error", $"Check the disk behind '{location}' and the system log, then run Test-WorkloadRepository.", false),
        };
}
