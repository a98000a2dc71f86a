using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Tests.Repositories;
using Portability.Repository.Workloads;
using Xunit;

namespace Portability.Repository.Tests.Workloads;

public sealed class HomeReaderTests : IAsyncLifetime
{
    private static readonly Guid Workload = new("0a0b0c0d-0e0f-4011-8213-141516171819");
    private TestRepository made = null!;
    private OpenRepository opened = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        made = await TestRepository.CreateAsync();
        opened = made.Open();
    }

    public ValueTask DisposeAsync()
    {
        opened.Dispose();
        made.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_newest_record_that_counts_is_the_home()
    {
        Assert.Null(await HomeReader.TryReadNewestAsync(opened, Workload, Token));
        HomeRecord first = Home(1), second = Home(2);
        await PutAsync(first, made.Member, 1);
        await PutAsync(second, made.Member, 2);
        Assert.Equal(second, await HomeReader.TryReadNewestAsync(opened, Workload, Token));

        // A key without the right, another counter than the name says, and what is no record count as absent.
        using SigningKey stranger = SigningKey.Generate();
        await PutAsync(Home(3), stranger, 3);
        await PutAsync(Home(5), made.Member, 4);
        await made.Store.PutIfAbsentAsync(RepositoryNames.Home(Workload, 6), new(new byte[300]), Token);
        Assert.Equal(second, await HomeReader.TryReadNewestAsync(opened, Workload, Token));
    }

    [Fact]
    public void A_number_and_its_hash_come_together()
    {
        var signer = new RecordSigner(made.Configuration.Id, made.Member, RandomSource.System);
        SignedRecord record = (Home(1) with { Number = 0 }).Sign(signer);
        Assert.Throws<InvalidFormatException>(() => HomeRecord.Read(record, made.Configuration.Id, Workload, 1));
    }

    private static HomeRecord Home(long counter) => new()
    {
        Workload = Workload,
        Counter = counter,
        Instance = Guid.NewGuid(),
        Number = counter,
        ParentHash = RecordHash.Of([(byte)counter]),
    };

    private Task<PutResult> PutAsync(HomeRecord home, SigningKey key, long counter) => made.Store.PutIfAbsentAsync(
        RepositoryNames.Home(Workload, counter), new(home.Sign(new RecordSigner(made.Configuration.Id, key, RandomSource.System)).Bytes), Token);
}
