using System.Buffers;
using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Tests;
using Xunit;

namespace Portability.Repository.Tests.Backends;

public sealed class StoreRaceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_that_keeps_its_promises_has_no_faults_and_is_left_clean()
    {
        using var folder = new TemporaryFolder();
        using MemoryFolder memory = MemoryFolder.Create(folder);
        StoreRaceReport[] reports = await RaceAsync(
            () => DirectoryBlobStore.Open(memory.Path, new DirectoryBlobStoreOptions()), 200);
        Assert.All(reports, report => Assert.Empty(report.Faults));
        Assert.Equal(200, reports.Sum(report => report.Won));
        Assert.Empty(Directory.GetFiles(memory.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_store_that_checks_and_then_replaces_is_found_out()
    {
        var memory = new MemoryBlobStore();
        StoreRaceReport[] reports = await RaceAsync(() => new ReplacingStore(memory), 100);
        Assert.Contains(reports.SelectMany(report => report.Faults), fault => fault.EndsWith("was created by both sides", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_store_whose_listings_lag_is_found_out()
    {
        var memory = new MemoryBlobStore();
        StoreRaceReport[] reports = await RaceAsync(() => new LaggingStore(memory), 20);
        Assert.Contains(reports.SelectMany(report => report.Faults), fault => fault.EndsWith("is not listed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_side_that_stays_alone_says_so()
    {
        var race = new StoreRace(new MemoryBlobStore(), "01", 0, RandomSource.System, new HurriedClock());
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => race.RunAsync(10, Token));
        Assert.Equal("RaceAbandoned", error.ErrorId);
        Assert.Equal(ErrorKind.Timeout, error.Kind);
    }

    private static Task<StoreRaceReport[]> RaceAsync(Func<IBlobStore> open, int names) => Task.WhenAll(Enumerable.Range(0, 2).Select(side =>
        Task.Run(() => new StoreRace(open(), "0123", side, RandomSource.System, TimeProvider.System).RunAsync(names, Token), Token)));

    /// <summary>Put-if-absent as a check and a put that replaces.</summary>
    private sealed class ReplacingStore(IBlobStore inner) : InterceptingBlobStore(inner), IBlobStore
    {
        private readonly IBlobStore inner = inner;

        async Task<PutResult> IBlobStore.PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
        {
            if (await inner.GetLengthAsync(name, cancellationToken) is not null)
            {
                return PutResult.Exists;
            }

            await Task.Delay(1, cancellationToken);
            await inner.DeleteAsync(name, cancellationToken);
            await inner.PutIfAbsentAsync(name, content, cancellationToken);
            return PutResult.Created;
        }

        protected internal override Task<T> InterceptAsync<T>(StoreCall call, Func<Task<T>> proceed, CancellationToken cancellationToken) => proceed();
    }

    /// <summary>Lists what was there at the listing before.</summary>
    private sealed class LaggingStore(IBlobStore inner) : InterceptingBlobStore(inner), IBlobStore
    {
        private readonly IBlobStore inner = inner;
        private HashSet<BlobName> before = [];

        IAsyncEnumerable<BlobEntry> IBlobStore.ListAsync(string prefix, CancellationToken cancellationToken)
        {
            HashSet<BlobName> known = before;
            before = [.. inner.ListAsync("", cancellationToken).ToBlockingEnumerable(cancellationToken).Select(entry => entry.Name)];
            return inner.ListAsync(prefix, cancellationToken).Where(entry => known.Contains(entry.Name));
        }

        protected internal override Task<T> InterceptAsync<T>(StoreCall call, Func<Task<T>> proceed, CancellationToken cancellationToken) => proceed();
    }

    /// <summary>A minute passes at each look.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => now += 60;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
