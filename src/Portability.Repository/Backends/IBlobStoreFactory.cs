namespace Portability.Repository.Backends;

/// <summary>Opens stores of one kind. Thread-safe.</summary>
public interface IBlobStoreFactory
{
    /// <summary>Tells from the text alone whether a location is of this kind.</summary>
    /// <param name="location">What the user typed: a path or an address.</param>
    bool Accepts(string location);

    /// <summary>Opens a store, after checking that it keeps the promises of <see cref="IBlobStore"/>.</summary>
    /// <param name="location">A location that <see cref="Accepts"/> takes.</param>
    /// <param name="opening">How it is opened.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">`StoreNotFound`, `StoreNotConsistent`, `StoreAccessDenied`, `StoreReadOnly`, `StoreUnreachable`.</exception>
    Task<IBlobStore> OpenAsync(string location, BlobStoreOpening opening, CancellationToken cancellationToken);
}
