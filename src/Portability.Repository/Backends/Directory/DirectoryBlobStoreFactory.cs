namespace Portability.Repository.Backends;

/// <summary>Opens folders: everything that is no address with a scheme, and `file:` addresses.</summary>
public sealed class DirectoryBlobStoreFactory : IBlobStoreFactory
{
    private const string FileScheme = "file://";
    private const string SchemeEnd = "://";

    /// <inheritdoc/>
    public bool Accepts(string location) =>
        location.StartsWith(FileScheme, StringComparison.OrdinalIgnoreCase) || !location.Contains(SchemeEnd, StringComparison.Ordinal);

    /// <inheritdoc/>
    public Task<IBlobStore> OpenAsync(string location, BlobStoreOpening opening, CancellationToken cancellationToken)
    {
        string path = location.StartsWith(FileScheme, StringComparison.OrdinalIgnoreCase) ? new Uri(location).LocalPath : location;
        var options = new DirectoryBlobStoreOptions { Create = opening.Create, Random = opening.Random };
        return Task.Run<IBlobStore>(() => DirectoryBlobStore.Open(path, options), cancellationToken);
    }
}
