using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Portability.Repository.Tests.Snapshots;
using Xunit;

namespace Portability.Repository.Tests.Locations;

public sealed class LocationRunTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1400)]
    [InlineData(1401)]
    [InlineData(9000)]
    public async Task EveryBlockIsFoundWhereItWasPut(int count)
    {
        using var repository = new TestRepository();
        Location[] locations = Some(repository, count);
        (WrittenObject written, BlobName name) = await WriteAsync(repository, locations);
        using LocationRun run = await LocationRun.OpenAsync(repository.Scope, BlockSet.Data, written.Id, CancellationToken.None);
        Assert.Equal(count, run.Count);
        Assert.Equal(locations, await ToArrayAsync(run.AllAsync(CancellationToken.None)));
        foreach (Location location in locations.Where((_, index) => index % 37 == 0 || index % 1400 < 2))
        {
            Assert.Equal(locations.Where(other => other.Id == location.Id), await ToArrayAsync(run.FindAsync(location.Id, CancellationToken.None)));
        }

        Assert.Empty(await ToArrayAsync(run.FindAsync(BlockId.Read(repository.Random.NextId()), CancellationToken.None)));
        Assert.True(await LocationRun.IsSignedByAsync(repository.Scope.Objects, name, repository.Signer.PublicKey, CancellationToken.None));
        (BlockSet set, KeyFingerprint signer, ObjectId[] packs) = await LocationRun.ReadCoverageAsync(repository.Scope.Objects, repository.Id, written.Id, name, CancellationToken.None);
        Assert.Equal(BlockSet.Data, set);
        Assert.Equal(repository.Signer.Fingerprint, signer);
        Assert.Equal(locations.Select(location => location.Pack).Distinct().Order(), packs.Order());
    }

    [Fact]
    public async Task EqualBlocksAreAllFoundOverAPagesEnd()
    {
        using var repository = new TestRepository();
        Location[] locations = Some(repository, 3000);
        for (int index = 1390; index < 1410; index++)
        {
            locations[index] = locations[index] with { Id = locations[1390].Id };
        }

        (WrittenObject written, _) = await WriteAsync(repository, locations);
        using LocationRun run = await LocationRun.OpenAsync(repository.Scope, BlockSet.Data, written.Id, CancellationToken.None);
        Assert.Equal(locations[1390..1410], await ToArrayAsync(run.FindAsync(locations[1390].Id, CancellationToken.None)));
    }

    [Fact]
    public async Task EveryFlippedByteIsFound()
    {
        using var repository = new TestRepository();
        (WrittenObject written, BlobName name) = await WriteAsync(repository, Some(repository, 5));
        byte[] whole = await repository.Store.ReadAllAsync(name, 1 << 20, CancellationToken.None);
        for (int at = 0; at < whole.Length; at++)
        {
            whole[at] ^= 1;
            using TestRepository copy = await repository.WithAsync(name, whole);
            whole[at] ^= 1;
            bool isSigned = await LocationRun.IsSignedByAsync(copy.Scope.Objects, name, repository.Signer.PublicKey, CancellationToken.None);
            Assert.False(isSigned, FormattableString.Invariant($"byte {at} of {whole.Length}"));
        }

        Assert.Equal(written.Length, whole.Length);
    }

    private static Location[] Some(TestRepository repository, int count)
    {
        ObjectId[] packs = [.. Enumerable.Range(0, 7).Select(_ => ObjectId.Draw(repository.Random))];
        return [.. Enumerable.Range(0, count)
            .Select(index => new Location(BlockId.Read(repository.Random.NextId()), packs[index % packs.Length], (uint)(96 + index), 100, (ushort)(index % 4)))
            .OrderBy(location => location.Id)];
    }

    private static async Task<(WrittenObject Written, BlobName Name)> WriteAsync(TestRepository repository, Location[] locations)
    {
        using var writer = new LocationRunWriter(repository.Scope, BlockSet.Data, repository.Lease, repository.Random);
        foreach (Location location in locations)
        {
            writer.Add(location);
        }

        WrittenObject written = await writer.CompleteAsync(repository.Signer, CancellationToken.None);
        return (written, RepositoryNames.StoredObject(ObjectKind.Run, BlockSet.Data, written.Id));
    }

    private static async Task<Location[]> ToArrayAsync(IAsyncEnumerable<Location> locations)
    {
        var all = new List<Location>();
        await foreach (Location location in locations)
        {
            all.Add(location);
        }

        return [.. all];
    }
}
