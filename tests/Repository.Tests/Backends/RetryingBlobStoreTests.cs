using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Xunit;

namespace Portability.Repository.Tests.Backends;

public sealed class RetryingBlobStoreTests
{
    private static readonly BlobName Name = BlobName.Parse("snapshots/w/0000000001");
    private readonly InstantClock clock = new();
    private readonly MemoryBlobStore memory = new();
    private readonly FaultInjectingBlobStore faulty;
    private readonly RetryingBlobStore store;

    public RetryingBlobStoreTests()
    {
        faulty = new FaultInjectingBlobStore(memory, clock);
        store = new RetryingBlobStore(faulty, RetryOptions.Default, clock, new SeededRandomSource(1));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lost_answer_is_this_puts_own_success()
    {
        faulty.Add(StoreFault.Unreachable(StoreOperation.Put, loseAnswer: true) with { Count = 2 });
        Assert.Equal(PutResult.Created, await store.PutIfAbsentAsync(Name, new byte[100], Token));
        Assert.Equal(PutResult.Exists, await store.PutIfAbsentAsync(Name, new byte[100], Token));
        Assert.Equal(2, faulty.Injected);
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(99, 0)]
    public async Task Another_writers_object_is_not_taken_for_ones_own(int length, byte value)
    {
        byte[] other = new byte[length];
        other.AsSpan().Fill(value);
        await memory.PutIfAbsentAsync(Name, other, Token);
        faulty.Add(StoreFault.Unreachable(StoreOperation.Put));
        Assert.Equal(PutResult.Exists, await store.PutIfAbsentAsync(Name, new byte[100], Token));
    }

    [Fact]
    public async Task Waits_grow_within_bounds_and_attempts_end()
    {
        faulty.Add(StoreFault.Unreachable() with { Count = 100 });
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => store.PutIfAbsentAsync(Name, new byte[1], Token));
        Assert.Equal("StoreUnreachable", error.ErrorId);
        Assert.Equal(RetryOptions.Default.Attempts, faulty.Injected);
        double[] longest = [1, 2, 4, 8, 15];
        Assert.Equal(longest.Length, clock.Waits.Count);
        for (int at = 0; at < longest.Length; at++)
        {
            Assert.InRange(clock.Waits[at].TotalSeconds, longest[at] / 2, longest[at]);
        }
    }

    [Fact]
    public async Task What_does_not_pass_is_not_tried_again()
    {
        faulty.Add(StoreFault.Full());
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => store.PutIfAbsentAsync(Name, new byte[1], Token));
        Assert.Equal("StoreFull", error.ErrorId);
        Assert.Empty(clock.Waits);
        Assert.Equal(1, faulty.Injected);
    }

    [Fact]
    public async Task Every_call_survives_one_failure_of_either_kind()
    {
        byte[] content = RandomSource.System.NextBytes(1000);
        foreach (bool lost in new[] { false, true })
        {
            foreach (StoreOperation operation in Enum.GetValues<StoreOperation>())
            {
                faulty.Add(StoreFault.Unreachable(operation, lost) with { Skip = lost ? 1 : 0 });
            }

            var uploaded = BlobName.Parse($"packs/{lost}".ToLowerInvariant());
            await store.DeleteAsync(Name, Token);
            await store.DeleteAsync(Name, Token);
            Assert.Equal(PutResult.Created, await store.PutIfAbsentAsync(Name, content, Token));
            Assert.Equal(content, await store.ReadAllAsync(Name, 1000, Token));
            Assert.Equal(1000, await store.GetLengthAsync(Name, Token));
            await using (IBlobUpload upload = await store.OpenUploadAsync(uploaded, "1", 1000, Token))
            {
                await upload.AppendAsync(content.AsMemory(0, 400), Token);
                await upload.AppendAsync(content.AsMemory(400), Token);
                Assert.Equal(PutResult.Created, await upload.CompleteAsync(ContentHash.Sha256(content), Token));
            }

            await using (IBlobUpload upload = await store.OpenUploadAsync(BlobName.Parse("other"), "1", 1000, Token))
            {
                await upload.AbandonAsync(Token);
            }

            Assert.Equal(content, await memory.ReadAllAsync(uploaded, 1000, Token));
            Assert.Equal(lost ? 3 : 2, await store.ListAsync("", Token).CountAsync(Token));
            Assert.Equal(0, await store.ListTemporariesAsync(Token).CountAsync(Token));
            await store.DeleteTemporaryAsync("00.put", Token);
        }

        Assert.InRange(faulty.Injected, 15, 22);
    }

    [Fact]
    public async Task A_lost_answer_to_completing_is_the_uploads_own_success()
    {
        byte[] content = RandomSource.System.NextBytes(1000);
        faulty.Add(StoreFault.Unreachable(StoreOperation.Complete, loseAnswer: true));
        await using IBlobUpload upload = await store.OpenUploadAsync(Name, "1", 1000, Token);
        await upload.AppendAsync(content, Token);
        Assert.Equal(PutResult.Created, await upload.CompleteAsync(ContentHash.Sha256(content), Token));
    }

    [Fact]
    public async Task Listings_go_on_behind_what_was_given()
    {
        for (int number = 0; number < 100; number++)
        {
            await memory.PutIfAbsentAsync(BlobName.Parse($"a/{number:d3}"), new byte[1], Token);
        }

        var breaking = new RetryingBlobStore(new BreakingListings(memory), RetryOptions.Default, clock, new SeededRandomSource(1));
        List<string> names = [];
        await foreach (BlobEntry entry in breaking.ListAsync("a/", Token))
        {
            names.Add(entry.Name.Value);
        }

        Assert.Equal(100, names.Count);
        Assert.Equal(100, names.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(3, clock.Waits.Count);
    }

    /// <summary>Fires every timer at once and notes how long it was for.</summary>
    private sealed class InstantClock : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class BreakingListings(IBlobStore inner) : InterceptingBlobStore(inner), IBlobStore
    {
        private readonly IBlobStore inner = inner;
        private int failures;

        async IAsyncEnumerator<BlobEntry> Break(IAsyncEnumerable<BlobEntry> listing, CancellationToken cancellationToken)
        {
            int given = 0;
            await foreach (BlobEntry entry in listing.WithCancellation(cancellationToken))
            {
                if (++given == 30 * (failures + 1) && failures < 3)
                {
                    failures++;
                    throw StoreFault.Unreachable().Error!(new StoreCall(StoreOperation.List, "a/"));
                }

                yield return entry;
            }
        }

        IAsyncEnumerable<BlobEntry> IBlobStore.ListAsync(string prefix, CancellationToken cancellationToken) =>
            new Listing(token => Break(inner.ListAsync(prefix, token), token));

        protected internal override Task<T> InterceptAsync<T>(StoreCall call, Func<Task<T>> proceed, CancellationToken cancellationToken) => proceed();

        private sealed class Listing(Func<CancellationToken, IAsyncEnumerator<BlobEntry>> start) : IAsyncEnumerable<BlobEntry>
        {
            public IAsyncEnumerator<BlobEntry> GetAsyncEnumerator(CancellationToken cancellationToken = default) => start(cancellationToken);
        }
    }
}
