using Portability.Repository.Backends;
using Portability.Tests;
using Xunit;

namespace Portability.Repository.Tests.Backends;

public sealed class BlobStoreRegistryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Paths_and_file_addresses_open_folders()
    {
        using var folder = new TemporaryFolder();
        var registry = BlobStoreRegistry.CreateDefault();
        string path = folder.File("a store/with ümläut");
        IBlobStore created = await registry.OpenAsync(path, new BlobStoreOpening { Create = true }, Token);
        await created.PutIfAbsentAsync(BlobName.Parse("a"), new byte[3], Token);
        Assert.Equal(path, created.Location);
        IBlobStore opened = await registry.OpenAsync(new Uri(path).AbsoluteUri, new BlobStoreOpening(), Token);
        Assert.Equal(3, await opened.GetLengthAsync(BlobName.Parse("a"), Token));
    }

    [Theory]
    [InlineData("s3://bucket/path", "StoreKindUnknown", ErrorKind.Unsupported)]
    [InlineData("https://server/", "StoreKindUnknown", ErrorKind.Unsupported)]
    [InlineData("/nonexistent/portability", "StoreNotFound", ErrorKind.NotFound)]
    public async Task Others_are_refused_by_name(string location, string id, ErrorKind kind)
    {
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => BlobStoreRegistry.CreateDefault().OpenAsync(location, new BlobStoreOpening(), Token));
        Assert.Equal(id, error.ErrorId);
        Assert.Equal(kind, error.Kind);
        Assert.Contains(location.TrimEnd('/'), error.Message, StringComparison.Ordinal);
    }
}
