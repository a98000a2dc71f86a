using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Portability.Core.Crypto;
using Portability.Tests;
using Xunit;

namespace Portability.Repository.Tests.Locations;

public sealed class LocationIndexTests
{
    private static readonly Guid Repository = new("6b1f0000-0000-4000-8000-00000000000a");
    private readonly SeededRandomSource random = new(7);

    [Fact]
    public void WhatWasAddedIsFoundAlsoAfterMerges()
    {
        using var folder = new TemporaryFolder();
        var expected = new Dictionary<BlockId, HashSet<ObjectId>>();
        using (LocationIndex index = Open(folder))
        {
            for (int capture = 0; capture < 20; capture++)
            {
                Add(index, expected, 50 + (capture * 7), 3);
            }

            Assert.InRange(index.FileCount, 1, 12);
            Check(index, expected);
        }

        using LocationIndex again = Open(folder);
        Check(again, expected);
    }

    [Fact]
    public void DamagedFilesAnswerNothingFalse()
    {
        using var folder = new TemporaryFolder();
        var expected = new Dictionary<BlockId, HashSet<ObjectId>>();
        using (LocationIndex index = Open(folder))
        {
            Add(index, expected, 300, 2);
        }

        string path = Directory.GetFiles(folder.Path).Single();
        byte[] whole = File.ReadAllBytes(path);
        for (int at = 0; at < whole.Length; at += 11)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x10;
            File.WriteAllBytes(path, damaged);
            using LocationIndex index = Open(folder);
            foreach ((BlockId id, HashSet<ObjectId> packs) in expected.Take(20))
            {
                // A row of the pack table has no checksum: its pack is looked up where it is signed.
                Assert.All(index.Find(id), hint => Assert.True(packs.Contains(hint.Pack) || at > whole.Length - 200));
            }
        }
    }

    [Fact]
    public void AnotherRepositorysAndCutFilesAreDropped()
    {
        using var folder = new TemporaryFolder();
        var expected = new Dictionary<BlockId, HashSet<ObjectId>>();
        using (LocationIndex index = Open(folder))
        {
            Add(index, expected, 300, 2);
        }

        using (LocationIndex other = LocationIndex.Open(folder.Path, Guid.Empty, BlockSet.Data, random, SilentObserver.Instance))
        {
            Assert.Equal(0, other.FileCount);
        }

        Assert.Empty(Directory.GetFiles(folder.Path));
        using (LocationIndex index = Open(folder))
        {
            Add(index, expected, 300, 2);
        }

        string path = Directory.GetFiles(folder.Path).Single();
        using (var file = new FileStream(path, FileMode.Open))
        {
            file.SetLength(file.Length - 1);
        }

        using LocationIndex cut = Open(folder);
        Assert.Equal(0, cut.FileCount);
    }

    [Fact]
    public void TheSetsAreApart()
    {
        using var folder = new TemporaryFolder();
        var expected = new Dictionary<BlockId, HashSet<ObjectId>>();
        using LocationIndex index = Open(folder);
        Add(index, expected, 10, 1);
        using LocationIndex boot = LocationIndex.Open(folder.Path, Repository, BlockSet.Boot, random, SilentObserver.Instance);
        Assert.Empty(boot.Find(expected.Keys.First()));
    }

    private LocationIndex Open(TemporaryFolder folder) => LocationIndex.Open(folder.Path, Repository, BlockSet.Data, random, SilentObserver.Instance);

    private void Add(LocationIndex index, Dictionary<BlockId, HashSet<ObjectId>> expected, int count, int packCount)
    {
        PackHint[] packs = [.. Enumerable.Range(0, packCount).Select(number => new PackHint(ObjectId.Draw(random), Repository, number))];
        BlockId[] ids = [.. Enumerable.Range(0, count).Select(_ => BlockId.Read(random.NextId())).Concat(expected.Keys.Take(3)).Order()];
        index.Add(ids.Length, ids.Select((id, number) => (IndexKey.Of(id), number % packCount)), packs);
        for (int number = 0; number < ids.Length; number++)
        {
            if (!expected.TryGetValue(ids[number], out HashSet<ObjectId>? places))
            {
                expected.Add(ids[number], places = []);
            }

            places.Add(packs[number % packCount].Pack);
        }
    }

    private void Check(LocationIndex index, Dictionary<BlockId, HashSet<ObjectId>> expected)
    {
        foreach ((BlockId id, HashSet<ObjectId> packs) in expected)
        {
            Assert.Equal(packs.Order(), index.Find(id).Select(hint => hint.Pack).Distinct().Order());
            Assert.All(index.Find(id), hint => Assert.Equal(Repository, hint.Workload));
        }

        for (int other = 0; other < 200; other++)
        {
            Assert.Empty(index.Find(BlockId.Read(random.NextId())));
        }
    }
}
