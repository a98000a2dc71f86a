namespace Portability.Repository.Backends;

/// <summary>Makes the errors that all backends share, so that each reads the same.</summary>
internal static class StoreErrors
{
    /// <summary>The object does not exist.</summary>
    public static StorageException ObjectNotFound(BlobName name, string location) => new(
        "ObjectNotFound",
        ErrorKind.NotFound,
        $"Failed to read '{name}' in '{location}': there is no such object.",
        "Run Test-WorkloadRepository to see which snapshots need it, and Sync-WorkloadDelta from a mirror to bring it back.",
        name.Value);

    /// <summary>The pieces of an upload, or the temporary file of a put, are gone.</summary>
    public static StorageException TemporaryVanished(BlobName name, string location) => new(
        "TemporaryVanished",
        ErrorKind.WriteFailed,
        $"Failed to write '{name}' in '{location}': its temporary file was collected before it was complete.",
        "Run the command again; if it happens twice, check that no other tool cleans the repository's folder.",
        name.Value,
        isTransient: true);

    /// <summary>The bytes of an upload are not those that were announced.</summary>
    public static IntegrityException DamagedInTransfer(BlobName name, string location, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> found) => new(
        "ObjectDamagedInTransfer",
        $"Failed to store '{name}' in '{location}': SHA-256 is {Convert.ToHexStringLower(found)}, wanted {Convert.ToHexStringLower(expected)}.",
        "Run Sync-WorkloadDelta again; if it fails at the same object, run Test-WorkloadRepository at the other side.",
        name.Value);

    /// <summary>The prefix of a listing is wrong.</summary>
    public static void CheckPrefix(string prefix)
    {
        if (!BlobName.IsPrefix(prefix))
        {
            throw new ArgumentException($"No name can begin with '{prefix}'.", nameof(prefix));
        }
    }

    /// <summary>The id or length of an upload is wrong.</summary>
    public static void CheckUpload(string uploadId, long length)
    {
        const int MaximumIdLength = 64;
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (uploadId.Length is 0 or > MaximumIdLength || !uploadId.All(char.IsAsciiHexDigitLower))
        {
            throw new ArgumentException($"'{uploadId}' is not 1 to {MaximumIdLength} lower-case hex digits.", nameof(uploadId));
        }
    }

    /// <summary>An upload's piece is too long.</summary>
    public static void CheckPiece(IBlobUpload upload, int count)
    {
        if (count > upload.Length - upload.Offset)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"'{upload.Name}' has {upload.Length} bytes; {count} at {upload.Offset} are too many."), nameof(count));
        }
    }

    /// <summary>An upload is completed too early.</summary>
    public static void CheckComplete(IBlobUpload upload)
    {
        if (upload.Offset != upload.Length)
        {
            throw new InvalidOperationException(FormattableString.Invariant($"'{upload.Name}' has {upload.Offset} of {upload.Length} bytes."));
        }
    }
}
