using System.Buffers;
using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Xunit;

namespace Portability.Repository.Tests.Backends;

/// <summary>What <see cref="IBlobStore"/> promises, asked of each backend and decorator.</summary>
public abstract class BlobStoreConformanceTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 1000).Select(value => (byte)value)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The store under test, empty; the same one within a test.</summary>
    protected abstract IBlobStore Store { get; }

    [Fact]
    public async Task First_put_creates_and_later_ones_change_nothing()
    {
        var name = BlobName.Parse("snapshots/one/0000000001");
        Assert.Equal(PutResult.Created, await Store.PutIfAbsentAsync(name, Content, Token));
        Assert.Equal(PutResult.Exists, await Store.PutIfAbsentAsync(name, new byte[5], Token));
        Assert.Equal(Content, await Store.ReadAllAsync(name, 2000, Token));
        Assert.Equal(Content.Length, await Store.GetLengthAsync(name, Token));
        Assert.Empty(await Temporaries());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3 << 20)]
    public async Task Any_length_is_kept_and_the_puts_buffer_is_free_afterwards(int length)
    {
        byte[] content = new SeededRandomSource((ulong)length).NextBytes(length);
        byte[] sent = [.. content];
        await Store.PutIfAbsentAsync(BlobName.Parse("a"), sent, Token);
        sent.AsSpan().Clear();
        Assert.Equal(content, await Store.ReadAllAsync(BlobName.Parse("a"), length, Token));
    }

    [Fact]
    public async Task Content_in_pieces_is_joined()
    {
        var first = new Piece(Content.AsMemory(0, 100), 0);
        Piece last = first.Append(Content.AsMemory(100, 0)).Append(Content.AsMemory(100));
        await Store.PutIfAbsentAsync(BlobName.Parse("a"), new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length), Token);
        Assert.Equal(Content, await Store.ReadAllAsync(BlobName.Parse("a"), 2000, Token));
    }

    [Theory]
    [InlineData(0, 10, 10)]
    [InlineData(0, 1000, 1000)]
    [InlineData(0, 5000, 1000)]
    [InlineData(990, 50, 10)]
    [InlineData(999, 1, 1)]
    [InlineData(1000, 1, 0)]
    [InlineData(long.MaxValue - 100, 50, 0)]
    [InlineData(5, 0, 0)]
    public async Task Ranges_are_filled_up_to_the_end(long offset, int wanted, int expected)
    {
        var name = BlobName.Parse("packs/boot/ab/1");
        await Store.PutIfAbsentAsync(name, Content, Token);
        byte[] target = new byte[wanted + 1];
        target[^1] = 0xEE;
        Assert.Equal(expected, await Store.GetAsync(name, offset, target.AsMemory(0, wanted), Token));
        Assert.Equal(Content.Skip((int)Math.Min(offset, 1000)).Take(expected), target.Take(expected));
        Assert.Equal(0xEE, target[^1]);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.GetAsync(name, -1, target, Token));
    }

    [Fact]
    public async Task What_is_not_there_is_said_so()
    {
        var name = BlobName.Parse("packs/boot/ab/1");
        Assert.Null(await Store.GetLengthAsync(name, Token));
        Assert.Null(await Store.TryReadAllAsync(name, 10, Token));
        StorageException error = await Assert.ThrowsAsync<StorageException>(async () => await Store.GetAsync(name, 0, new byte[1], Token));
        Assert.Equal("ObjectNotFound", error.ErrorId);
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Equal(name.Value, error.TargetName);
        Assert.False(error.IsTransient);
        await Store.PutIfAbsentAsync(name, Content, Token);
        IntegrityException tooLong = await Assert.ThrowsAsync<IntegrityException>(() => Store.ReadAllAsync(name, 999, Token));
        Assert.Equal("ObjectTooLong", tooLong.ErrorId);
        Assert.Null(await Store.GetLengthAsync(BlobName.Parse("packs/boot"), Token));
    }

    [Fact]
    public async Task Deleted_objects_are_gone_and_deleting_again_is_no_error()
    {
        var name = BlobName.Parse("leases/1/0000000001");
        await Store.DeleteAsync(name, Token);
        await Store.PutIfAbsentAsync(name, Content, Token);
        await Store.DeleteAsync(name, Token);
        await Store.DeleteAsync(name, Token);
        Assert.Null(await Store.GetLengthAsync(name, Token));
        Assert.Empty(await List(""));
        Assert.Equal(PutResult.Created, await Store.PutIfAbsentAsync(name, Content, Token));
        Assert.Equal(["leases/1/0000000001"], await List("leases/1/"));
    }

    [Fact]
    public async Task Listings_are_ordered_by_code_point_and_take_any_beginning()
    {
        string[] names = ["a", "a-b", "a.b/c", "a.c", "ab/1", "ab/1.0", "ab/1-0", "ab/10/x", "ab/2", "b/1", "repository.json"];
        foreach (string name in names.OrderDescending(StringComparer.Ordinal))
        {
            await Store.PutIfAbsentAsync(BlobName.Parse(name), new byte[name.Length], Token);
        }

        string[] sorted = [.. names.Order(StringComparer.Ordinal)];
        Assert.Equal(sorted, await List(""));
        foreach (string prefix in new[] { "a", "ab", "ab/", "ab/1", "ab/10/", "a.b/", "a.", "b/1", "c", "ab/3", "repository.json" })
        {
            string[] expected = [.. sorted.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
            Assert.Equal(expected, await List(prefix));
        }

        await foreach (BlobEntry entry in Store.ListAsync("", Token))
        {
            Assert.Equal(entry.Name.Value.Length, entry.Length);
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("../")]
    [InlineData("a//")]
    [InlineData("a/../b")]
    [InlineData(".temporary/")]
    [InlineData("A")]
    [InlineData("a b")]
    [InlineData("a\\")]
    public void No_listing_begins_outside(string prefix) => Assert.Throws<ArgumentException>(() => Store.ListAsync(prefix, Token));

    [Fact]
    public async Task One_of_many_tasks_wins_each_name()
    {
        int[] winners = new int[40];
        await Parallel.ForAsync(0, winners.Length * 8, Token, async (number, token) =>
        {
            byte[] content = BitConverter.GetBytes(number);
            int race = number % winners.Length;
            if (await Store.PutIfAbsentAsync(BlobName.Parse($"race/{race}"), content, token) == PutResult.Created)
            {
                Interlocked.Increment(ref winners[race]);
            }
        });
        Assert.All(winners, count => Assert.Equal(1, count));
        Assert.Equal(winners.Length, (await List("race/")).Length);
        Assert.Empty(await Temporaries());
    }

    [Fact]
    public async Task Uploads_resume_where_they_were_and_show_nothing_before_the_end()
    {
        var name = BlobName.Parse("packs/data/00/1");
        byte[] hash = ContentHash.Sha256(Content);
        await using (IBlobUpload upload = await Store.OpenUploadAsync(name, "ab01", Content.Length, Token))
        {
            Assert.Equal(0, upload.Offset);
            await upload.AppendAsync(Content.AsMemory(0, 300), Token);
            await upload.AppendAsync(Content.AsMemory(300, 100), Token);
            await Assert.ThrowsAsync<InvalidOperationException>(() => upload.CompleteAsync(hash, Token));
            await Assert.ThrowsAsync<ArgumentException>(() => upload.AppendAsync(new byte[601], Token));
        }

        Assert.Null(await Store.GetLengthAsync(name, Token));
        Assert.Empty(await List(""));
        TemporaryBlob left = Assert.Single(await Temporaries());
        Assert.Equal("ab01", left.UploadId);
        Assert.Equal(400, left.Length);
        await using (IBlobUpload upload = await Store.OpenUploadAsync(name, "ab01", Content.Length, Token))
        {
            Assert.Equal(400, upload.Offset);
            Assert.Equal(Content.Length, upload.Length);
            Assert.Equal(name, upload.Name);
            await upload.AppendAsync(Content.AsMemory(400), Token);
            Assert.Null(await Store.GetLengthAsync(name, Token));
            Assert.Equal(PutResult.Created, await upload.CompleteAsync(hash, Token));
        }

        Assert.Equal(Content, await Store.ReadAllAsync(name, 1000, Token));
        Assert.Empty(await Temporaries());
    }

    [Fact]
    public async Task Uploads_of_other_names_ids_and_lengths_are_others()
    {
        var name = BlobName.Parse("a");
        await using (IBlobUpload upload = await Store.OpenUploadAsync(name, "1", 100, Token))
        {
            await upload.AppendAsync(new byte[50], Token);
        }

        foreach ((string other, string id, long length) in new[] { ("b", "1", 100L), ("a", "2", 100), ("a", "1", 40) })
        {
            await using IBlobUpload upload = await Store.OpenUploadAsync(BlobName.Parse(other), id, length, Token);
            Assert.Equal(0, upload.Offset);
            await upload.AbandonAsync(Token);
        }

        await Assert.ThrowsAsync<ArgumentException>(() => Store.OpenUploadAsync(name, "../x", 10, Token));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.OpenUploadAsync(name, "", 10, Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.OpenUploadAsync(name, "1", -1, Token));
    }

    [Fact]
    public async Task Uploads_with_another_hash_never_become_visible()
    {
        var name = BlobName.Parse("packs/data/00/1");
        await using (IBlobUpload upload = await Store.OpenUploadAsync(name, "1", Content.Length, Token))
        {
            await upload.AppendAsync(Content, Token);
            IntegrityException error = await Assert.ThrowsAsync<IntegrityException>(() => upload.CompleteAsync(new byte[32], Token));
            Assert.Equal("ObjectDamagedInTransfer", error.ErrorId);
        }

        Assert.Null(await Store.GetLengthAsync(name, Token));
        Assert.Empty(await Temporaries());
        await using IBlobUpload again = await Store.OpenUploadAsync(name, "1", Content.Length, Token);
        Assert.Equal(0, again.Offset);
    }

    [Fact]
    public async Task Uploads_do_not_replace_and_empty_ones_work()
    {
        var name = BlobName.Parse("a");
        await Store.PutIfAbsentAsync(name, Content, Token);
        await using (IBlobUpload upload = await Store.OpenUploadAsync(name, "1", 1, Token))
        {
            await upload.AppendAsync(new byte[1], Token);
            Assert.Equal(PutResult.Exists, await upload.CompleteAsync(ContentHash.Sha256(new byte[1]), Token));
        }

        Assert.Equal(Content.Length, await Store.GetLengthAsync(name, Token));
        await using (IBlobUpload upload = await Store.OpenUploadAsync(BlobName.Parse("empty"), "1", 0, Token))
        {
            Assert.Equal(PutResult.Created, await upload.CompleteAsync(ContentHash.Sha256([]), Token));
        }

        Assert.Equal(0, await Store.GetLengthAsync(BlobName.Parse("empty"), Token));
        Assert.Empty(await Temporaries());
    }

    [Fact]
    public async Task Collected_uploads_say_so_and_start_anew()
    {
        var name = BlobName.Parse("a");
        await using (IBlobUpload upload = await Store.OpenUploadAsync(name, "1", 10, Token))
        {
            await upload.AppendAsync(new byte[9], Token);
            await Store.DeleteTemporaryAsync(Assert.Single(await Temporaries()).Name, Token);
            StorageException error = await Assert.ThrowsAsync<StorageException>(async () =>
            {
                await upload.AppendAsync(new byte[1], Token);
                await upload.CompleteAsync(ContentHash.Sha256(new byte[10]), Token);
            });
            Assert.Equal("TemporaryVanished", error.ErrorId);
            Assert.True(error.IsTransient);
        }

        await using IBlobUpload again = await Store.OpenUploadAsync(name, "1", 10, Token);
        Assert.Equal(0, again.Offset);
        await Assert.ThrowsAsync<ArgumentException>(() => Store.DeleteTemporaryAsync("../a", Token));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.DeleteTemporaryAsync("a", Token));
        await Store.DeleteTemporaryAsync("00112233445566778899aabbccddeeff.put", Token);
    }

    [Fact]
    public async Task Cancelled_calls_end_as_cancelled()
    {
        var cancelled = new CancellationToken(canceled: true);
        var name = BlobName.Parse("a");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutIfAbsentAsync(name, Content, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.GetAsync(name, 0, new byte[1], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.GetLengthAsync(name, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.DeleteAsync(name, cancelled));
        await Store.PutIfAbsentAsync(name, Content, Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ListAsync("", cancelled).GetAsyncEnumerator(cancelled).MoveNextAsync());
    }

    protected async Task<string[]> List(string prefix)
    {
        List<string> names = [];
        await foreach (BlobEntry entry in Store.ListAsync(prefix, Token))
        {
            names.Add(entry.Name.Value);
        }

        return [.. names];
    }

    protected async Task<List<TemporaryBlob>> Temporaries()
    {
        List<TemporaryBlob> found = [];
        await foreach (TemporaryBlob entry in Store.ListTemporariesAsync(Token))
        {
            found.Add(entry);
        }

        return found;
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
