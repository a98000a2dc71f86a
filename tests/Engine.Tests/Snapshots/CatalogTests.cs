using System.Diagnostics;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Tests.Stores;
using Portability.Repository.Backends;
using Portability.Repository.Keys;
using Portability.Repository.Records;
using Portability.Repository.Snapshots;
using Xunit;

namespace Portability.Engine.Tests.Snapshots;

/// <summary>What a listing asks the store for, and what the cache of manifests may do to it.</summary>
public sealed class CatalogTests : IDisposable
{
    private static readonly int Count = Environment.GetEnvironmentVariable("PORTABILITY_LONG") is "1" ? 10_000 : 200;

    private readonly EngineFixture fixture = new();
    private readonly SnapshotFacade facade = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task A_second_listing_reads_but_the_newest_manifest_from_the_store()
    {
        Guid workload = await MakeManyAsync(Count);
        (int found, WireTotals first, TimeSpan slow) = await ListAsync();
        Assert.Equal(Count, found);
        Assert.True(first.Count(StoreOperation.Get, "snapshots") >= Count);
        (found, WireTotals second, TimeSpan fast) = await ListAsync();
        Assert.Equal(Count, found);

        // The newest, to be sure that the store's history is the one that the cache has.
        Assert.InRange(second.Count(StoreOperation.Get, "snapshots"), 1, 8);
        TestContext.Current.SendDiagnosticMessage($"{Count} snapshots listed: at first {slow.TotalMilliseconds:n0} ms, then {fast.TotalMilliseconds:n0} ms");

        // Presence is the store's to say.
        File.Delete(Path.Combine(fixture.Vault, "snapshots", workload.ToString("D"), "0000000003"));
        Assert.Equal(Count - 1, (await ListAsync()).Found);
    }

    [Theory]
    [InlineData("damaged")]
    [InlineData("another")]
    [InlineData("gone")]
    public async Task A_cache_that_lies_or_is_gone_changes_nothing(string fault)
    {
        Guid workload = await MakeManyAsync(5);
        await ListAsync();
        string cache = Path.Combine(fixture.Folder.Path, "state", "cache");
        string[] entries = Directory.GetFiles(cache, "000000000*", SearchOption.AllDirectories);
        Assert.Equal(5, entries.Length);
        byte[] other = await File.ReadAllBytesAsync(entries[0]);
        foreach (string entry in entries)
        {
            switch (fault)
            {
                case "damaged":
                    byte[] bytes = await File.ReadAllBytesAsync(entry);
                    bytes[^70] ^= 1;
                    await File.WriteAllBytesAsync(entry, bytes);
                    break;
                case "another":
                    await File.WriteAllBytesAsync(entry, other);
                    break;
                default:
                    File.Delete(entry);
                    break;
            }
        }

        Assert.Equal(5, (await ListAsync()).Found);
        Assert.Empty(fixture.Observer.Warnings);
        Assert.NotEqual(Guid.Empty, workload);
    }

    [Fact]
    public async Task A_damaged_manifest_hides_no_other()
    {
        Guid workload = await MakeManyAsync(5);
        string file = Path.Combine(fixture.Vault, "snapshots", workload.ToString("D"), "0000000005");
        byte[] bytes = await File.ReadAllBytesAsync(file);
        bytes[200] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        Assert.Equal(4, (await ListAsync()).Found);
        Assert.Contains(fixture.Observer.Warnings, warning => warning.Contains("0000000005", StringComparison.Ordinal));
    }

    private async Task<(int Found, WireTotals Totals, TimeSpan Time)> ListAsync()
    {
        var totals = new WireTotals();
        using RepositoryConnection connection = await fixture.OpenAsync(environment: fixture.Environment with { Intercept = store => new WireStore(store, totals) });
        var clock = Stopwatch.StartNew();
        int count = 0;
        await foreach (WorkloadSnapshot snapshot in facade.ListAsync(connection, new SnapshotListOptions(), fixture.Observer, CancellationToken.None))
        {
            count++;
            Assert.Equal("web01", snapshot.Name);
        }

        return (count, totals, clock.Elapsed);
    }

    /// <summary>One capture, and copies of its manifest under the following numbers.</summary>
    private async Task<Guid> MakeManyAsync(int count)
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        string path = TestDisk.Write(fixture.Folder.File("web01.img"), SparseContent.Make(1, 1 << 20));
        WorkloadSnapshot first = await facade.CaptureAsync(
            connection, new CaptureOptions { Name = "web01", Disks = [new DiskSourceOptions { Path = path }] }, fixture.Observer, CancellationToken.None);
        string folder = Path.Combine(fixture.Vault, "snapshots", first.WorkloadId.ToString("D"));
        SignedRecord record = SignedRecord.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "0000000001")));
        SnapshotManifest manifest = SnapshotManifest.Read(record);
        Keyring keyring = connection.Opened.RequireKeyring();
        SnapshotDetails details = SnapshotManifest.ReadDetails(record, keyring);
        for (int number = 2; number <= count; number++)
        {
            SnapshotManifest next = manifest with
            {
                Number = number,
                Snapshot = Guid.NewGuid(),
                ParentNumber = number - 1,
                ParentSnapshot = manifest.Snapshot,
                ParentHash = record.Hash,
            };
            record = next.Sign(connection.Opened.Signer!, keyring, details);
            manifest = next;
            await File.WriteAllBytesAsync(Path.Combine(folder, FormattableString.Invariant($"{number:D10}")), record.Bytes.ToArray());
        }

        return first.WorkloadId;
    }
}
