using Portability.Repository.Backends;

namespace Portability.Repository.Tests.Backends;

public sealed class MemoryBlobStoreTests : BlobStoreConformanceTests
{
    protected override IBlobStore Store { get; } = new MemoryBlobStore();
}
