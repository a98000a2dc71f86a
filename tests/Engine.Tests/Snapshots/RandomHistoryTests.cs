using Portability.Engine.Replication;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Verification;
using Portability.Repository.Maintenance;
using Xunit;

namespace Portability.Engine.Tests.Snapshots;

/// <summary>
/// Random histories of captures, removals, optimisations and syncs against a naive reference: a dictionary of the bytes that each snapshot must
/// give. `PORTABILITY_LONG=1` runs twenty of them.
/// </summary>
public sealed class RandomHistoryTests : IDisposable
{
    private const int Steps = 500, MostKept = 16, Size = 1 << 20, BlockSize = 64 << 10;
    private static readonly int Histories = Environment.GetEnvironmentVariable("PORTABILITY_LONG") is "1" ? 20 : 1;
    private static readonly string[] Names = ["alpha", "beta", "gamma"];
    private readonly EngineFixture fixture = new();
    private readonly SnapshotFacade facade = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task Every_snapshot_gives_the_bytes_that_were_captured_whatever_happens_beside_it()
    {
        for (int seed = 1; seed <= Histories; seed++)
        {
            string folder = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : fixture.Folder.Path, "portability-" + Guid.NewGuid().ToString("n"));
            try
            {
                await RunAsync(seed, folder);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private async Task RunAsync(int seed, string folder)
    {
        await RepositoryTemplate.CopyAsync(Path.Combine(folder, "vault"), Path.Combine(folder, "state"));
        EngineEnvironment environment = EngineEnvironment.ForState(Path.Combine(folder, "state"));
        using RepositoryConnection origin = await fixture.OpenAsync(Path.Combine(folder, "vault"), environment);
        string mirrorPath = Path.Combine(folder, "mirror");
        var random = new Random(seed);
        var disks = Names.ToDictionary(name => name, _ => new byte[Size]);
        var kept = new List<(WorkloadSnapshot Snapshot, byte[] Content)>();
        var mirrored = new Dictionary<Guid, (WorkloadSnapshot Snapshot, byte[] Content)>();
        int[] done = new int[4];
        for (int step = 0; step < Steps; step++)
        {
            int what = random.Next(kept.Count < MostKept ? 0 : 12, 20);
            if (what < 12 || kept.Count == 0)
            {
                string name = Names[random.Next(Names.Length)];
                Change(random, disks, name);
                kept.Add((await CaptureAsync(origin, folder, name, disks[name]), (byte[])disks[name].Clone()));
                done[0]++;
            }
            else if (what < 17)
            {
                int victim = random.Next(kept.Count);
                await facade.RemoveAsync(origin, kept[victim].Snapshot, fixture.Observer, CancellationToken.None);
                kept.RemoveAt(victim);
                done[1]++;
            }
            else if (what < 19)
            {
                await OptimizeAsync(origin, random);
                done[2]++;
            }
            else
            {
                using RepositoryConnection mirror = await SyncAsync(origin, mirrorPath);
                kept.ForEach(item => mirrored[item.Snapshot.Id] = item);
                await AssertSomeAsync(mirror, [.. mirrored.Values], random, step, seed);
                done[3]++;
            }

            await AssertSomeAsync(origin, kept, random, step, seed);
        }

        Assert.All(done, count => Assert.NotEqual(0, count));
        await AssertAllAsync(origin, kept, seed);
        using RepositoryConnection last = await SyncAsync(origin, mirrorPath);
        kept.ForEach(item => mirrored[item.Snapshot.Id] = item);
        await AssertAllAsync(last, [.. mirrored.Values], seed);
    }

    // Blocks come from few seeds, so that disks share content with each other and with their past.
    private static void Change(Random random, Dictionary<string, byte[]> disks, string name)
    {
        byte[] disk = disks[name];
        for (int count = random.Next(1, 5); count > 0; count--)
        {
            Span<byte> block = disk.AsSpan(random.Next(Size / BlockSize) * BlockSize, BlockSize);
            switch (random.Next(4))
            {
                case 0:
                    block.Clear();
                    break;
                case 1:
                    disks[Names[random.Next(Names.Length)]].AsSpan(random.Next(Size / BlockSize) * BlockSize, BlockSize).CopyTo(block);
                    break;
                case 2:
                    new Random(random.Next(40)).NextBytes(block);
                    break;
                default:
                    random.NextBytes(block.Slice(random.Next(BlockSize / 2), BlockSize / 4));
                    break;
            }
        }
    }

    private static async Task AssertSomeAsync(
        RepositoryConnection connection, List<(WorkloadSnapshot Snapshot, byte[] Content)> kept, Random random, int step, int seed)
    {
        if (kept.Count > 0)
        {
            await AssertAllAsync(connection, [kept[random.Next(kept.Count)]], seed, step);
        }
    }

    private static async Task AssertAllAsync(
        RepositoryConnection connection, List<(WorkloadSnapshot Snapshot, byte[] Content)> kept, int seed, int step = Steps)
    {
        foreach ((WorkloadSnapshot snapshot, byte[] content) in kept)
        {
            byte[] read = await TestDisk.ReadAsync(connection, snapshot);
            Assert.True(content.AsSpan().SequenceEqual(read), $"History {seed}, step {step}: {snapshot} of '{connection.Repository.Path}' reads wrong.");
        }

        if (step == Steps)
        {
            RepositoryTestResult result = await new VerificationFacade().TestRepositoryAsync(
                connection, new RepositoryTestOptions { Depth = TestDepth.Content, RaceNames = 0 }, SilentObserver.Instance, CancellationToken.None);
            Assert.True(result.IsHealthy, $"History {seed}: {string.Join("; ", result.Findings.Select(finding => finding.ToString()))}");
            Assert.Equal(kept.Count, result.SnapshotCount);
        }
    }

    // Compaction is forced now and then: everything with any dead block, and every small pack.
    private async Task OptimizeAsync(RepositoryConnection connection, Random random)
    {
        CompactOptions options = random.Next(2) == 0 ? new CompactOptions() : new CompactOptions { DeadShare = 0.01, SmallCount = random.Next(2, 64) };
        OptimizeResult result = await fixture.Repositories.OptimizeAsync(connection, new OptimizeOptions { Compact = options }, fixture.Observer, CancellationToken.None);
        Assert.Equal(0, result.ObjectsWaiting);
    }

    private async Task<RepositoryConnection> SyncAsync(RepositoryConnection origin, string path) =>
        (await new SyncFacade().SyncAsync(origin, new SyncOptions { Destination = path }, fixture.Observer, CancellationToken.None)).Destination;

    private Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, string folder, string name, byte[] content) => facade.CaptureAsync(
        connection,
        new CaptureOptions { Name = name, Disks = [new DiskSourceOptions { Path = TestDisk.Write(Path.Combine(folder, name + ".img"), content) }] },
        fixture.Observer,
        CancellationToken.None);
}
