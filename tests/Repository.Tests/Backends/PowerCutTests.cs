using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Xunit;

namespace Portability.Repository.Tests.Backends;

/// <summary>The real directory store over a file system that forgets what was not flushed.</summary>
public sealed class PowerCutTests
{
    [Fact]
    public void A_thousand_histories_lose_nothing_that_was_acknowledged()
    {
        int answers = 0;
        for (ulong seed = 0; seed < 1000; seed++)
        {
            var history = new PowerCutHistory(seed);
            string? fault = history.Run();
            Assert.True(fault is null, $"Seed {seed}: {fault}.");
            answers += history.Answers;
        }

        Assert.InRange(answers, 10_000, int.MaxValue);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_store_that_forgets_a_flush_is_found_out(bool forgetFileFlush, bool forgetFolderFlush)
    {
        int faults = Enumerable.Range(0, 60).Count(seed => new PowerCutHistory(
            (ulong)seed, calls => new MeddlingCalls(calls) { ForgetFileFlush = forgetFileFlush, ForgetFolderFlush = forgetFolderFlush }).Run() is not null);
        Assert.InRange(faults, 20, 60);
    }
}

/// <summary>The promises of a store, asked of the simulated one.</summary>
public sealed class VolatileStoreTests : BlobStoreConformanceTests
{
    protected override IBlobStore Store { get; } = new VolatileFileSystem().OpenStore(new SeededRandomSource(1));
}
