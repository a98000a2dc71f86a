using Portability.Repository.Backends;

namespace Portability.Engine.Repositories;

/// <summary>Opens the store that a place names; calls that fail for a reason that passes are tried again.</summary>
internal static class StoreOpener
{
    private const string Configuration = "repository.json";

    /// <summary>What a repository that was begun and not finished leaves, and what file systems put into an empty volume themselves.</summary>
    private static readonly string[] Harmless = ["trust", ".temporary", "lost+found", "System Volume Information", "$RECYCLE.BIN", ".snapshot"];

    /// <summary>Opens a store.</summary>
    /// <param name="place">Path of a directory.</param>
    /// <param name="create">True to make the directory if it is not there.</param>
    /// <param name="environment">Where random names and the waits between tries come from.</param>
    /// <exception cref="UnsupportedFeatureException">`StoreKindUnsupported`.</exception>
    /// <exception cref="StorageException">`FolderNotEmpty`: there is no repository to be found and other things are. Or the store cannot be opened.</exception>
    public static IBlobStore Open(string place, bool create, EngineEnvironment environment) => Open(place, create, environment, out _);

    /// <summary>Opens a store, and tells whether its bytes are on this machine.</summary>
    /// <param name="place">Path of a directory.</param>
    /// <param name="create">True to make the directory if it is not there.</param>
    /// <param name="environment">Where random names and the waits between tries come from.</param>
    /// <param name="isLocal">False for a share: what is read there crosses a network.</param>
    /// <exception cref="UnsupportedFeatureException">`StoreKindUnsupported`.</exception>
    /// <exception cref="StorageException">`FolderNotEmpty`: there is no repository to be found and other things are. Or the store cannot be opened.</exception>
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
        }

        DirectoryBlobStore store = DirectoryBlobStore.Open(place, new DirectoryBlobStoreOptions { Create = create, Random = environment.Random });
        IBlobStore shown = environment.Intercept(store);
        isLocal = store.IsLocal && ReferenceEquals(shown, store);
        return new RetryingBlobStore(shown, RetryOptions.Default, environment.Time, environment.Random);
    }

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
}
