using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Snapshots;
using Xunit;

namespace Portability.Repository.Tests.Snapshots;

/// <summary>Random histories against a plain dictionary of blocks.</summary>
public sealed class SnapshotModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task EverySnapshotStaysWhatItWas(int seed)
    {
        var random = new Random(seed);
        using var repository = new TestRepository(seed: (ulong)seed);
        var history = new List<(SnapshotContent Content, Dictionary<long, byte[]> Model, long Length)>();
        var model = new Dictionary<long, byte[]>();
        SnapshotContent? before = null;
        for (int capture = 0; capture < 8; capture++)
        {
            long length = NextLength(random);
            long blocks = SnapshotDisk.BlockCount(length, repository.BlockSize);
            foreach (long gone in model.Keys.Where(block => block >= blocks).ToArray())
            {
                model.Remove(gone);
            }

            var changes = new SortedDictionary<long, byte[]>();
            for (int change = random.Next(120); change > 0; change--)
            {
                long block = random.Next(3) == 0 ? random.NextInt64(blocks) : random.NextInt64(Math.Min(blocks, 200));
                changes[block] = NextBlock(random, block, blocks, length, repository.BlockSize);
            }

            // What lay at the end of the disk before may be cut or go on now: the source says so by naming the block.
            Rewrite(model, changes, blocks, length, repository.BlockSize, history.Count > 0 ? history[^1].Length : length);
            foreach ((long block, byte[] content) in changes)
            {
                model[block] = content;
                if (content.AsSpan().IndexOfAnyExcept((byte)0) < 0)
                {
                    model.Remove(block);
                }
            }

            before = await repository.CaptureAsync(changes, length, before);
            history.Add((before, new Dictionary<long, byte[]>(model), length));
        }

        repository.Forget();
        foreach ((SnapshotContent content, Dictionary<long, byte[]> expected, long length) in history)
        {
            await CheckAsync(repository, content, expected, length, random);
        }

        for (int index = 1; index < history.Count; index++)
        {
            await CheckDifferenceAsync(repository, history[index - 1], history[index]);
            await CheckDifferenceAsync(repository, history[index], history[0]);
        }
    }

    private static long NextLength(Random random) => random.Next(4) switch
    {
        0 => 4096L * random.Next(1, 64),
        1 => 4096L * random.NextInt64(1, 5_000_000) + random.Next(8) * 512,
        2 => 4096L * random.Next(900, 1100) + 512,
        _ => 4096L * 1024,
    };

    private static byte[] NextBlock(Random random, long block, long blocks, long length, int blockSize)
    {
        byte[] content = new byte[block == blocks - 1 ? length - (block * blockSize) : blockSize];
        switch (random.Next(5))
        {
            case 0:
                return [];
            case 1:
                break; // zeros, written
            case 2:
                content.AsSpan().Fill((byte)random.Next(1, 6)); // shared by many
                break;
            case 3:
                random.NextBytes(content);
                break;
            default:
                random.NextBytes(content.AsSpan(0, content.Length / 4));
                break;
        }

        return content;
    }

    private static void Rewrite(
        Dictionary<long, byte[]> model, SortedDictionary<long, byte[]> changes, long blocks, long length, int blockSize, long lengthBefore)
    {
        foreach (long edge in new[] { (lengthBefore - 1) / blockSize, blocks - 1 })
        {
            if (edge < blocks && model.TryGetValue(edge, out byte[]? old) && !changes.ContainsKey(edge))
            {
                byte[] cut = new byte[edge == blocks - 1 ? length - (edge * blockSize) : blockSize];
                old.AsSpan(0, Math.Min(old.Length, cut.Length)).CopyTo(cut);
                changes[edge] = cut;
            }
        }
    }

    private static async Task CheckAsync(TestRepository repository, SnapshotContent content, Dictionary<long, byte[]> expected, long length, Random random)
    {
        SnapshotReader reader = repository.Reader(content);
        BlockMap map = reader.Map(0);
        var found = new Dictionary<long, BlockLocation>();
        await foreach ((long block, BlockLocation location) in map.StoredAsync(0, map.BlockCount, CancellationToken.None))
        {
            found.Add(block, location);
        }

        Assert.Equal(expected.Keys.Order(), found.Keys);
        byte[] buffer = new byte[repository.BlockSize];
        foreach ((long block, byte[] bytes) in expected)
        {
            await reader.ReadAsync(0, block * repository.BlockSize, buffer.AsMemory(0, bytes.Length), CancellationToken.None);
            Assert.Equal(bytes, buffer[..bytes.Length]);
            Assert.Equal(found[block], await map.FindAsync(block, CancellationToken.None));
        }

        for (int read = 0; read < 20; read++)
        {
            await CheckReadAsync(reader, expected, length, random, repository.BlockSize);
        }

        long ranges = 0, next = -1;
        await foreach (BlockRange range in map.RangesAsync(0, map.BlockCount, CancellationToken.None))
        {
            Assert.True(range.First > next, "neighbouring ranges are joined");
            next = range.End;
            ranges += range.Count;
        }

        Assert.Equal(expected.Count, ranges);
        await CheckReferencesAsync(repository, content, found.Values);
    }

    private static async Task CheckReadAsync(SnapshotReader reader, Dictionary<long, byte[]> expected, long length, Random random, int blockSize)
    {
        long offset = random.NextInt64(Math.Min(length, 300 * blockSize));
        byte[] target = new byte[Math.Min(length - offset, random.Next(1, 5 * blockSize))];
        await reader.ReadAsync(0, offset, target, CancellationToken.None);
        for (int index = 0; index < target.Length; index++)
        {
            byte[]? bytes = expected.GetValueOrDefault((offset + index) / blockSize);
            int within = (int)((offset + index) % blockSize);
            Assert.Equal(bytes is null || within >= bytes.Length ? 0 : bytes[within], target[index]);
        }
    }

    /// <summary>The tree names every pack that a leaf names, every map object and every reference object.</summary>
    private static async Task CheckReferencesAsync(TestRepository repository, SnapshotContent content, IEnumerable<BlockLocation> locations)
    {
        var named = new Dictionary<ObjectId, WrittenObject>();
        if (repository.Tree(content) is { } tree)
        {
            await foreach (WrittenObject entry in tree.EntriesAsync(0, CancellationToken.None))
            {
                named[entry.Id] = entry;
                Assert.Equal(entry.Length, await repository.Store.GetLengthAsync(RepositoryNames.StoredObject(entry.Kind, entry.Set, entry.Id), CancellationToken.None));
            }
        }

        foreach (BlockLocation location in locations)
        {
            Assert.Equal(ObjectKind.Pack, named[location.Pack].Kind);
        }

        if (content.Disks[0].Root is { } root)
        {
            Assert.Equal(ObjectKind.Map, named[root.Map].Kind);
        }
    }

    private static async Task CheckDifferenceAsync(
        TestRepository repository,
        (SnapshotContent Content, Dictionary<long, byte[]> Model, long Length) before,
        (SnapshotContent Content, Dictionary<long, byte[]> Model, long Length) after)
    {
        var differing = new List<long>();
        await foreach (BlockDifference difference in BlockMapComparison.CompareAsync(
            repository.Map(before.Content.Disks[0]), repository.Map(after.Content.Disks[0]), CancellationToken.None))
        {
            if (difference.IsContent)
            {
                differing.Add(difference.Block);
            }
        }

        IEnumerable<long> expected = before.Model.Keys.Union(after.Model.Keys)
            .Where(block => !Padded(before.Model, block, repository.BlockSize).AsSpan().SequenceEqual(Padded(after.Model, block, repository.BlockSize)));
        Assert.Equal(expected.Order(), differing);
    }

    private static byte[] Padded(Dictionary<long, byte[]> model, long block, int blockSize)
    {
        byte[] padded = new byte[blockSize];
        model.GetValueOrDefault(block)?.CopyTo(padded, 0);
        return padded;
    }
}
