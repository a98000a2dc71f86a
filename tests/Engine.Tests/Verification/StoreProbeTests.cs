using Portability.Engine.Repositories;
using Portability.Engine.Verification;
using Portability.Repository.Backends;
using Xunit;

namespace Portability.Engine.Tests.Verification;

public sealed class StoreProbeTests : IDisposable
{
    private readonly EngineFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task A_test_leaves_no_folder_behind()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        string[] before = Directory.GetFileSystemEntries(fixture.Vault);
        RepositoryTestResult result = await new VerificationFacade().TestRepositoryAsync(connection, new RepositoryTestOptions(), fixture.Observer, CancellationToken.None);
        Assert.True(result.IsStoreSafe);
        Assert.Equal(before.Order(StringComparer.Ordinal), Directory.GetFileSystemEntries(fixture.Vault).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_test_that_is_stopped_in_the_race_leaves_nothing_of_it()
    {
        (await fixture.OpenNewAsync()).Dispose();
        using var stop = new CancellationTokenSource();
        EngineEnvironment environment = fixture.Environment with { Intercept = store => new StoppingStore(store, stop) };
        using RepositoryConnection connection = await fixture.OpenAsync(environment: environment);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new VerificationFacade().TestRepositoryAsync(connection, new RepositoryTestOptions(), fixture.Observer, stop.Token));
        Assert.False(Directory.Exists(Path.Combine(fixture.Vault, "races")));
    }

    /// <summary>Stops the test at the thirtieth put of the race.</summary>
    private sealed class StoppingStore(IBlobStore inner, CancellationTokenSource stop) : InterceptingBlobStore(inner)
    {
        private int puts;

        protected override async Task<T> InterceptAsync<T>(StoreCall call, Func<Task<T>> proceed, CancellationToken cancellationToken)
        {
            if (call.Operation == StoreOperation.Put && call.Target.StartsWith("races/", StringComparison.Ordinal) && Interlocked.Increment(ref puts) == 30)
            {
                await stop.CancelAsync();
            }

            return await proceed();
        }
    }
}
