using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Tests;

namespace Portability.Repository.Tests.Backends;

public sealed class RetryingConformanceTests : BlobStoreConformanceTests
{
    protected override IBlobStore Store { get; } = new RetryingBlobStore(new MemoryBlobStore(), RetryOptions.Default, TimeProvider.System, RandomSource.System);
}

public sealed class FaultInjectingConformanceTests : BlobStoreConformanceTests
{
    protected override IBlobStore Store { get; } = new FaultInjectingBlobStore(new MemoryBlobStore(), TimeProvider.System);
}

public sealed class CachingConformanceTests : BlobStoreConformanceTests, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public CachingConformanceTests() => Store = new CachingBlobStore(new MemoryBlobStore(), folder.File("cache"), new BlobCacheOptions { Keeps = _ => true });

    protected override IBlobStore Store { get; }

    public void Dispose() => folder.Dispose();
}

/// <summary>A file system without links, as FAT is: the directory store renames without replacing.</summary>
public sealed class RenamingStoreTests : BlobStoreConformanceTests
{
    protected override IBlobStore Store { get; } = VolatileFileSystem.OpenStore(new SeededRandomSource(1), new CallsWithoutLinks(new VolatileFileSystem()));
}
