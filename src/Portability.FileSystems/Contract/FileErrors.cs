namespace Portability.FileSystems;

/// <summary>Errors that every file system tells alike.</summary>
internal static class FileErrors
{
    /// <summary>There is no such node.</summary>
    public static StorageException NoNode(FileId id, string volume) => new(
        "FileNotFound",
        ErrorKind.NotFound,
        $"Failed to read file {id} of '{volume}': there is no such file.",
        "List what is there with Get-WorkloadFile.",
        id.ToString());

    /// <summary>The node is no directory.</summary>
    public static StorageException NoDirectory(FileId id, string volume) => new(
        "NotADirectory",
        ErrorKind.InvalidInput,
        $"Failed to list file {id} of '{volume}': it is no directory.",
        "Name a directory, or list the one above it with Get-WorkloadFile.",
        id.ToString());

    /// <summary>The node is no link.</summary>
    public static StorageException NoLink(FileId id, string volume) => new(
        "NotALink",
        ErrorKind.InvalidInput,
        $"Failed to read the link {id} of '{volume}': it is no symbolic link.",
        "Read it as a file.",
        id.ToString());

    /// <summary>The node has no stream of that name.</summary>
    public static StorageException NoStream(FileId id, NodeName stream, string volume) => new(
        "StreamNotFound",
        ErrorKind.NotFound,
        $"Failed to read stream '{stream}' of file {id} of '{volume}': there is no such stream.",
        "List the streams with Get-WorkloadFile.",
        id.ToString());

    /// <summary>Content of a kind of node that has none.</summary>
    public static StorageException NoContent(FileId id, NodeKind kind, string volume) => new(
        "NotAFile",
        ErrorKind.InvalidInput,
        $"Failed to read file {id} of '{volume}': a {kind} has no content.",
        "Name a regular file.",
        id.ToString());

    /// <summary>Content in a form that is not handled.</summary>
    public static UnsupportedFeatureException NotReadable(FileId id, string form, string recommendation, string volume) => new(
        "StoredFormNotSupported",
        ErrorKind.Unsupported,
        $"Failed to read file {id} of '{volume}': its content is {form}.",
        recommendation,
        id.ToString());

    /// <summary>A feature of a volume that is not handled.</summary>
    public static UnsupportedFeatureException Feature(string type, string feature, string recommendation, string volume) => new(
        "FileSystemFeatureNotSupported",
        ErrorKind.Unsupported,
        $"Failed to open the {type} volume '{volume}': {feature}.",
        recommendation,
        volume);
}
