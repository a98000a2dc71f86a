using Portability.Repository.Backends;

namespace Portability.Engine.Repositories;

/// <summary>Opens the store that a place names; calls that fail for a reason that passes are tried again.</summary>
internal static class StoreOpener
{
    private const string Configuration = "repository.json";
    private const string TrustFolder = "trust";

    /// <summary>What a repository that was begun and not finished leaves, and what file systems put into an empty volume themselves.</summary>
    private static readonly string[] Harmless = [TrustFolder, ".temporary", "lost+found", "System Volume Information", "$RECYCLE.BIN", ".snapshot"];

    /// <summary>Opens a store.</summary>
    /// <param name="place">Path of a directory.</param>
    /// <param name="create">True to make the directory if it is not there.</param>
    /// <param name="environment">Where random names and the waits between tries come from.</param>
    /// <exception cref="UnsupportedFeatureException">`StoreKindUnsupported`.</exception>
    /// <exception cref="StorageException">`FolderNotEmpty`: there is no repository to be found and other things are; `FolderInRepository`. Or the store cannot be opened.</exception>
    public static IBlobStore Open(string place, bool create, EngineEnvironment environment) => Open(place, create, environment, out _);

    /// <summary>Opens a store, and tells whether its bytes are on this machine.</summary>
    /// <param name="place">Path of a directory.</param>
    /// <param name="create">True to make the directory if it is not there.</param>
    /// <param name="environment">Where random names and the waits between tries come from.</param>
    /// <param name="isLocal">False for a share: what is read there crosses a network.</param>
    /// <exception cref="UnsupportedFeatureException">`StoreKindUnsupported`.</exception>
    /// <exception cref="StorageException">`FolderNotEmpty`: there is no repository to be found and other things are; `FolderInRepository`. Or the store cannot be opened.</exception>
    public static IBlobStore Open(string place, bool create, EngineEnvironment environment, out bool isLocal)
    {
        if (place.Contains("://", StringComparison.Ordinal))
        {
            throw new UnsupportedFeatureException(
                "StoreKindUnsupported",
                ErrorKind.Unsupported,
                $"Failed to open '{place}': repositories in a directory are handled, this is an address.",
                "Give the path of a directory to -Path or -Destination.",
                place);
        }

        if (create)
        {
            RefuseForeign(place);
            RefuseInside(place);
        }

        DirectoryBlobStore store = DirectoryBlobStore.Open(place, new DirectoryBlobStoreOptions { Create = create, Random = environment.Random });
        IBlobStore shown = environment.Intercept(store);
        isLocal = store.IsLocal && ReferenceEquals(shown, store);
        return new RetryingBlobStore(shown, RetryOptions.Default, environment.Time, environment.Random);
    }

    /// <summary>Tells whether two paths mean one folder.</summary>
    /// <param name="one">A path.</param>
    /// <param name="other">Another one.</param>
    public static bool IsSame(string one, string other) =>
        TryResolve(one) is { } folder
        && string.Equals(folder, TryResolve(other), OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    // A repository among other files is a slip of the hand; who looks after those files would take its objects for rubbish.
    private static void RefuseForeign(string place)
    {
        if (!Directory.Exists(place) || File.Exists(Path.Combine(place, Configuration)))
        {
            return;
        }

        string? foreign;
        try
        {
            foreign = Directory.EnumerateFileSystemEntries(place).Select(entry => Path.GetFileName(entry))
                .FirstOrDefault(name => !Harmless.Contains(name, StringComparer.OrdinalIgnoreCase));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The store says what is wrong when it is opened.
            return;
        }

        if (foreign is not null)
        {
            throw new StorageException(
                "FolderNotEmpty",
                ErrorKind.Exists,
                $"Failed to make a repository at '{place}': the folder holds other things, such as '{foreign}'.",
                "Give an empty folder, or one that does not exist yet.",
                place);
        }
    }

    // Objects of one among those of another: whoever looks after the outer one would take them for rubbish, or copy them along.
    private static void RefuseInside(string place)
    {
        string? above = Path.GetDirectoryName(TryResolve(place));
        while (above is not null && !(File.Exists(Path.Combine(above, Configuration)) && Directory.Exists(Path.Combine(above, TrustFolder))))
        {
            above = Path.GetDirectoryName(above);
        }

        if (above is not null)
        {
            throw new StorageException(
                "FolderInRepository",
                ErrorKind.InvalidInput,
                $"Failed to make a repository at '{place}': the folder '{above}' above it is a repository.",
                "Give a folder outside of it.",
                place);
        }
    }

    private static string? TryResolve(string place)
    {
        try
        {
            return DirectoryBlobStore.ResolvePath(place);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The store says what is wrong when it is opened.
            return null;
        }
    }
}
