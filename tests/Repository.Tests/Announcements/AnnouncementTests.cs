using Portability.Core.Crypto;
using Portability.Repository.Announcements;
using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Tests.Repositories;
using Xunit;

namespace Portability.Repository.Tests.Announcements;

/// <summary>What a store makes of announcements: they are read, checked and counted, and make nothing visible.</summary>
public sealed class AnnouncementTests : IAsyncLifetime
{
    private TestRepository made = null!;
    private OpenRepository opened = null!;
    private RecordSigner signer = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        made = await TestRepository.CreateAsync();
        opened = made.Open();
        signer = new RecordSigner(made.Configuration.Id, made.Member, RandomSource.System);
    }

    public ValueTask DisposeAsync()
    {
        opened.Dispose();
        made.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_a_living_lease_announces_is_counted()
    {
        using WriterLease lease = await LeaseAsync();
        AnnouncedObject[] objects = [.. Enumerable.Range(0, 3).Select(index => Object(lease.Id, 1000 + index))];
        await PutAsync(lease.Id, 0, objects[..2], signer);
        await PutAsync(lease.Id, 1, objects[2..], signer);
        AnnouncementLedger ledger = await AnnouncementLedger.ReadAsync(opened, AnnouncementLedger.DefaultQuota, Token);
        Assert.Equal(3, ledger.Count);
        Assert.Equal(3003, ledger.TotalBytes);
        Assert.Empty(ledger.Refused);
        Assert.Equal(objects[1], ledger.Find(objects[1].Name));
        await lease.EndAsync(Token);
        Assert.Equal(0, (await AnnouncementLedger.ReadAsync(opened, AnnouncementLedger.DefaultQuota, Token)).Count);
    }

    [Fact]
    public async Task A_lease_that_exceeds_the_quota_has_announced_nothing()
    {
        using WriterLease greedy = await LeaseAsync();
        using WriterLease modest = await LeaseAsync();
        await PutAsync(greedy.Id, 0, [Object(greedy.Id, 700)], signer);
        await PutAsync(greedy.Id, 1, [Object(greedy.Id, 301)], signer);
        await PutAsync(modest.Id, 0, [Object(modest.Id, 1000)], signer);
        AnnouncementLedger ledger = await AnnouncementLedger.ReadAsync(opened, quota: 1000, Token);
        Assert.Equal(1000, ledger.TotalBytes);
        Assert.Contains("quota", Assert.Single(ledger.Refused).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_key_of_its_lease_announces()
    {
        using WriterLease lease = await LeaseAsync();
        using SigningKey stranger = SigningKey.Generate();
        await PutAsync(lease.Id, 0, [Object(lease.Id, 500)], new RecordSigner(made.Configuration.Id, stranger, RandomSource.System));
        AnnouncementLedger ledger = await AnnouncementLedger.ReadAsync(opened, AnnouncementLedger.DefaultQuota, Token);
        Assert.Equal(0, ledger.Count);
        Assert.Single(ledger.Refused);
    }

    [Fact]
    public async Task What_another_lease_may_put_is_not_announced()
    {
        using WriterLease lease = await LeaseAsync();
        AnnouncedObject[][] wrong =
        [
            [Object(RecordId.Draw(RandomSource.System), 500)],
            [Object(lease.Id, 95)],
            [Object(lease.Id, Announcement.MaximumLength + 1)],
            [new AnnouncedObject(RepositoryNames.Trust(2), 500, Digest.Of([1]))],
        ];
        AnnouncedObject twice = Object(lease.Id, 500);
        foreach (AnnouncedObject[] objects in wrong.Append([twice, twice]))
        {
            SignedRecord record = new Announcement { Lease = lease.Id, Objects = objects }.Sign(signer);
            Assert.Throws<InvalidFormatException>(() => Announcement.Read(record, made.Configuration.Id, lease.Id));
        }
    }

    private static AnnouncedObject Object(RecordId lease, long length) =>
        new(RepositoryNames.StoredObject(ObjectKind.Pack, BlockSet.Data, ObjectId.Draw(RandomSource.System), lease), length, Digest.Of([1]));

    private Task<WriterLease> LeaseAsync() => WriterLease.OpenAsync(opened, signer, new LeaseRequest { Kind = LeaseKind.Sync }, Token);

    private Task<PutResult> PutAsync(RecordId lease, long number, AnnouncedObject[] objects, RecordSigner by) => made.Store.PutIfAbsentAsync(
        RepositoryNames.Announcement(lease, number), new(new Announcement { Lease = lease, Objects = objects }.Sign(by).Bytes), Token);
}
