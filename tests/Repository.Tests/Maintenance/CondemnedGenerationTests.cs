using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Maintenance;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Tests.Repositories;
using Xunit;

namespace Portability.Repository.Tests.Maintenance;

/// <summary>No two collectors get one generation, also one after the other.</summary>
public sealed class CondemnedGenerationTests
{
    private static readonly BlobName Left = BlobName.Parse("maps/00/" + new string('0', 64) + ".0");

    /// <summary>Between the look for the highest and the put another collector made that generation, swept it, made a higher one and dropped it.</summary>
    [Fact]
    public async Task DroppedMeanwhile_IsNotTakenAgain()
    {
        using TestRepository repository = await TestRepository.CreateAsync();

        // The list of a collector that died; what it names is still there, so that it is not dropped while those after it are.
        await repository.Store.PutIfAbsentAsync(Left, new byte[] { 1 }, CancellationToken.None);
        Assert.Equal(1, await MakeAsync(repository, repository.Store, Left));
        bool done = false;
        var store = new HookedBlobStore(repository.Store, before: async call =>
        {
            if (call == "put " + RepositoryNames.Condemned(2, 0) && !done)
            {
                done = true;
                Assert.Equal(2, await MakeAsync(repository, repository.Store));
                Assert.Equal(3, await MakeAsync(repository, repository.Store));
                await DropAsync(repository);
                Assert.Equal([1, 3], (await CondemnedLists.ListAsync(repository.Store, CancellationToken.None)).Keys);
            }
        });
        Assert.Equal(4, await MakeAsync(repository, store));
        Assert.Equal([1, 3, 4], (await CondemnedLists.ListAsync(repository.Store, CancellationToken.None)).Keys);
    }

    [Fact]
    public async Task FirstOne_DroppedMeanwhile_IsNotTakenAgain()
    {
        using TestRepository repository = await TestRepository.CreateAsync();
        bool done = false;
        var store = new HookedBlobStore(repository.Store, before: async call =>
        {
            if (call.StartsWith("put condemned/", StringComparison.Ordinal) && !done)
            {
                done = true;
                await MakeAsync(repository, repository.Store);
                await MakeAsync(repository, repository.Store);
                await DropAsync(repository);
            }
        });
        Assert.Equal(3, await MakeAsync(repository, store));
    }

    [Fact]
    public async Task TakenMeanwhile_TheNextIsTaken()
    {
        using TestRepository repository = await TestRepository.CreateAsync();
        bool done = false;
        var store = new HookedBlobStore(repository.Store, before: async call =>
        {
            if (call.StartsWith("put condemned/", StringComparison.Ordinal) && !done)
            {
                done = true;
                Assert.Equal(1, await MakeAsync(repository, repository.Store));
            }
        });
        Assert.Equal(2, await MakeAsync(repository, store));
    }

    private static async Task<long> MakeAsync(TestRepository repository, IBlobStore store, params BlobName[] objects)
    {
        using OpenRepository opened = repository.Open(store: store);
        CondemnedGeneration made = await CondemnedGeneration.MakeAsync(
            opened, opened.Signer!, RecordId.Draw(opened.Random), objects, new WaitedTimes(opened.Time), CancellationToken.None);
        if (objects.Length == 0)
        {
            await made.SweptAsync(new WaitedTimes(opened.Time), CancellationToken.None);
        }

        return made.Number;
    }

    private static async Task DropAsync(TestRepository repository)
    {
        using OpenRepository opened = repository.Open();
        CondemnedLists lists = await CondemnedLists.ReadAsync(opened, CondemnedLists.None, CancellationToken.None);
        await StoreTidy.DropListsAsync(opened, lists, name => name == Left, [], CancellationToken.None);
    }
}
