namespace Portability.Repository.Backends;

/// <summary>The kinds of store that there are. A new kind is one line in <see cref="CreateDefault"/>.</summary>
public sealed class BlobStoreRegistry
{
    private readonly IReadOnlyList<IBlobStoreFactory> factories;

    /// <summary>Initialises a registry.</summary>
    /// <param name="factories">Asked in this order.</param>
    public BlobStoreRegistry(IReadOnlyList<IBlobStoreFactory> factories) => this.factories = factories;

    /// <summary>Makes the registry of all kinds.</summary>
    public static BlobStoreRegistry CreateDefault() => new([new DirectoryBlobStoreFactory()]);

    /// <summary>Opens a store.</summary>
    /// <param name="location">What the user typed: a path or an address.</param>
    /// <param name="opening">How it is opened.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">`StoreKindUnknown`, and as <see cref="IBlobStoreFactory.OpenAsync"/>.</exception>
    public Task<IBlobStore> OpenAsync(string location, BlobStoreOpening opening, CancellationToken cancellationToken)
    {
        IBlobStoreFactory factory = factories.FirstOrDefault(candidate => candidate.Accepts(location)) ?? throw new StorageException(
            "StoreKindUnknown",
            ErrorKind.Unsupported,
            $"Failed to open '{location}': no kind of store goes by this address.",
            "Give the path of a folder: local, or on an NFS or SMB share.",
            location);
        return factory.OpenAsync(location, opening, cancellationToken);
    }
}
