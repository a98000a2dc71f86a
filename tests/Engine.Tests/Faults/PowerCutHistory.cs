using Portability.Core.Crypto;
using Portability.Engine.Replication;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Repository.Backends;
using Portability.Repository.Maintenance;

namespace Portability.Engine.Tests.Faults;

/// <summary>
/// The engine over directory stores whose file system forgets what was not flushed: it captures, syncs, removes and optimises until the power
/// of a repository or of its mirror is cut at a random call; then both are opened anew.
/// </summary>
internal sealed class PowerCutHistory : IDisposable
{
    private const int Length = 192 << 10, MostCalls = 1500, MostSteps = 8;
    private static readonly CollectOptions Impatient = new() { Patience = TimeSpan.Zero, TemporaryPatience = TimeSpan.Zero };

    private readonly EngineFixture fixture = new();
    private readonly SnapshotFacade snapshots = new();
    private readonly VolatileFileSystem vault = new("vault"), mirror = new("mirror");
    private readonly SeededRandomSource random;
    private readonly Dictionary<string, byte[]> images = new(StringComparer.Ordinal);
    private readonly HashSet<string> captured = new(StringComparer.Ordinal), synced = new(StringComparer.Ordinal), removed = new(StringComparer.Ordinal);
    private string step = "opening";

    public PowerCutHistory(ulong seed) => random = new SeededRandomSource(seed);

    /// <summary>What was under way when the power was cut, or null if it never was.</summary>
    public string? CutIn { get; private set; }

    public async Task RunAsync()
    {
        await RepositoryTemplate.CopyAsync(fixture.Vault, fixture.Folder.File("state"));
        await FillAsync();
        VolatileFileSystem victim = random.NextInt32(3) == 0 ? mirror : vault;
        victim.CutAfter(random.NextInt32(MostCalls));
        try
        {
            using RepositoryConnection connection = await OpenAsync(fixture.Vault);
            for (int number = 0; number < MostSteps; number++)
            {
                await StepAsync(connection, number);
            }
        }
        catch (Exception exception) when (IsCut(exception))
        {
            CutIn = step;
        }

        victim.Restart(random, new[] { 0, 0, 30, 70, 100 }[random.NextInt32(5)]);
        victim.CutAfter(long.MaxValue);
        await CheckAsync(fixture.Vault, "vault", captured);
        if (synced.Count > 0)
        {
            await CheckAsync(fixture.Folder.File("mirror"), "mirror", synced);
        }
    }

    public void Dispose() => fixture.Dispose();

    // The cut is told by whoever was cut, or by who waited for it.
    private static bool IsCut(Exception? exception) => exception is PowerCutException or OperationCanceledException
        || (exception is AggregateException all && all.InnerExceptions.Any(IsCut))
        || (exception?.InnerException is { } inner && IsCut(inner));

    private Task<RepositoryConnection> OpenAsync(string path) => fixture.OpenAsync(path, Environment());

    private EngineEnvironment Environment() => fixture.Environment with
    {
        Intercept = store => (store.Location == fixture.Vault ? vault : mirror).OpenStore(new SeededRandomSource((ulong)random.NextInt32(int.MaxValue))),
    };

    private async Task FillAsync()
    {
        DirectoryBlobStore made = DirectoryBlobStore.Open(fixture.Vault, new DirectoryBlobStoreOptions());
        IBlobStore store = vault.OpenStore(random);
        await foreach (BlobEntry entry in made.ListAsync(string.Empty, CancellationToken.None))
        {
            await store.PutIfAbsentAsync(entry.Name, await made.ReadAllAsync(entry.Name, int.MaxValue, CancellationToken.None), CancellationToken.None);
        }
    }

    private async Task StepAsync(RepositoryConnection connection, int number)
    {
        switch (random.NextInt32(4))
        {
            case 0:
                step = "sync";
                await SyncAsync(connection);
                break;
            case 1:
                await TidyAsync(connection, "vault");
                break;
            default:
                step = "capture";
                string name = $"image-{number}";
                byte[] content = images.Count == 0 ? new byte[Length] : [.. images.Last().Value];
                random.NextBytes(64 << 10).CopyTo(content, random.NextInt32(Length - (64 << 10)));
                images[name] = content;
                string path = TestDisk.Write(fixture.Folder.File(name), content);
                await snapshots.CaptureAsync(
                    connection, new CaptureOptions { Name = "web01", Tag = [name], Disks = [new DiskSourceOptions { Path = path }] }, SilentObserver.Instance, CancellationToken.None);
                captured.Add(name);
                break;
        }
    }

    private async Task SyncAsync(RepositoryConnection connection)
    {
        if (captured.Count == 0)
        {
            return;
        }

        SyncResult sent = await new SyncFacade().SyncAsync(
            connection, new SyncOptions { Destination = fixture.Folder.File("mirror") }, SilentObserver.Instance, CancellationToken.None);
        using (sent.Destination)
        {
            synced.UnionWith(sent.Snapshots.Select(snapshot => snapshot.Tag[0]));
            await TidyAsync(sent.Destination, "mirror");
        }
    }

    private async Task TidyAsync(RepositoryConnection connection, string place)
    {
        step = "remove";
        List<WorkloadSnapshot> all = await ListAsync(connection);
        foreach (WorkloadSnapshot snapshot in all.SkipLast(2))
        {
            removed.Add($"{place} {snapshot.Tag[0]}");
            await snapshots.RemoveAsync(connection, snapshot, SilentObserver.Instance, CancellationToken.None);
        }

        step = "optimise";
        await new RepositoryFacade(Environment()).OptimizeAsync(connection, new OptimizeOptions { WaitLimit = TimeSpan.Zero }, SilentObserver.Instance, CancellationToken.None);
    }

    private async Task CheckAsync(string path, string place, HashSet<string> reported)
    {
        using RepositoryConnection connection = await OpenAsync(path);
        await RequireSnapshotsAsync(connection, place, reported);
        await new GarbageCollector(connection.Opened, Impatient, SilentObserver.Instance).RunAsync(CancellationToken.None);
        await foreach (BlobEntry left in connection.Store.ListAsync("leases/", CancellationToken.None))
        {
            throw new InvalidOperationException($"The collection of the {place} leaves {left.Name}.");
        }

        await foreach (TemporaryBlob left in connection.Store.ListTemporariesAsync(CancellationToken.None))
        {
            throw new InvalidOperationException($"The collection of the {place} leaves {left.Name}.");
        }

        await RequireSnapshotsAsync(connection, place, reported);
    }

    private async Task RequireSnapshotsAsync(RepositoryConnection connection, string place, HashSet<string> reported)
    {
        List<WorkloadSnapshot> standing = await ListAsync(connection);
        foreach (WorkloadSnapshot snapshot in standing)
        {
            byte[] found = await TestDisk.ReadAsync(connection, snapshot);
            if (!images[snapshot.Tag[0]].AsSpan().SequenceEqual(found))
            {
                throw new InvalidOperationException($"Snapshot {snapshot.Sequence} of the {place} is not what was captured.");
            }
        }

        if (reported.FirstOrDefault(name => !removed.Contains($"{place} {name}") && !standing.Exists(snapshot => snapshot.Tag[0] == name)) is { } lost)
        {
            throw new InvalidOperationException($"The {place} has lost the snapshot of {lost}.");
        }
    }

    private async Task<List<WorkloadSnapshot>> ListAsync(RepositoryConnection connection) =>
        await snapshots.ListAsync(connection, new SnapshotListOptions(), SilentObserver.Instance, CancellationToken.None).ToListAsync();
}
