using Portability.Repository.Backends;

namespace Portability.Engine.Repositories;

/// <summary>Opens the store that a place names; calls that fail for a reason that passes are tried again.</summary>
internal static class StoreOpener
{
    /// <summary>Opens a store.</summary>
    /// <param name="place">Path of a directory.</param>
    /// <param name="create">True to make the directory if it is not there.</param>
    /// <param name="environment">Where random names and the waits between tries come from.</param>
    /// <exception cref="UnsupportedFeatureException">`StoreKindUnsupported`.</exception>
    /// <exception cref="StorageException">The store cannot be opened.</exception>
    public static IBlobStore Open(string place, bool create, EngineEnvironment environment)
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

        IBlobStore store = DirectoryBlobStore.Open(place, new DirectoryBlobStoreOptions { Create = create, Random = environment.Random });
        return new RetryingBlobStore(environment.Intercept(store), RetryOptions.Default, environment.Time, environment.Random);
    }
}
