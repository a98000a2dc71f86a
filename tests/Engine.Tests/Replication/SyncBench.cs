using Portability.Engine.Replication;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Tests.Stores;
using Portability.Engine.Verification;
using Xunit;

namespace Portability.Engine.Tests.Replication;

/// <summary>An origin, the place of its mirror, and syncs between the two over a wire that is counted and can be cut.</summary>
internal sealed class SyncBench : IDisposable
{
    private static readonly string[] Sent = ["packs", "maps", "references", "locations", "snapshots", "workloads", "substitutions", "trust", "repository.json"];

    private readonly Dictionary<string, byte[]> disks = new(StringComparer.Ordinal);

    public EngineFixture Fixture { get; } = new();

    public string Mirror => Fixture.Folder.File("mirror");

    public void Dispose() => Fixture.Dispose();

    /// <summary>Captures a disk with random bytes; again with other bytes at some places.</summary>
    public async Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection origin, string name, int seed, int length = 6 << 20, int changed = 300_000)
    {
        if (!disks.TryGetValue(name, out byte[]? content))
        {
            disks[name] = content = SparseContent.Make(seed, length, dataShare: 0.7);
        }
        else
        {
            new Random(seed).NextBytes(content.AsSpan(new Random(seed).Next(content.Length - changed), changed));
        }

        string path = TestDisk.Write(Fixture.Folder.File(name + ".img"), content);
        var options = new CaptureOptions { Name = name, Disks = [new DiskSourceOptions { Path = path }] };
        return await new SnapshotFacade().CaptureAsync(origin, options, Fixture.Observer, CancellationToken.None);
    }

    /// <summary>The bytes that a disk had at its last capture.</summary>
    public byte[] Content(string name) => disks[name];

    /// <summary>A connection to the origin; what goes to the mirror, or when it is pulled what comes from the origin, is counted.</summary>
    public Task<RepositoryConnection> OpenAsync(WireTotals totals, bool pull)
    {
        EngineEnvironment counting = Fixture.Environment with
        {
            Intercept = store => store.Location == (pull ? Fixture.Vault : Mirror) ? new WireStore(store, totals) : store,
        };
        return Fixture.OpenAsync(environment: counting);
    }

    public async Task<SyncResult> SyncAsync(RepositoryConnection origin, bool pull = false, SyncOptions? options = null) =>
        await new SyncFacade().SyncAsync(
            origin, (options ?? new SyncOptions { Destination = Mirror }) with { Pull = pull }, Fixture.Observer, CancellationToken.None);

    /// <summary>Files of a store that travel, with their length; where a folder is given only what it lacks.</summary>
    public Dictionary<string, long> Files(string store, string? lackingIn = null) => Directory
        .EnumerateFiles(store, "*", SearchOption.AllDirectories)
        .Select(file => (Name: Path.GetRelativePath(store, file).Replace('\\', '/'), new FileInfo(file).Length))
        .Where(file => Sent.Contains(file.Name.Split('/')[0]) && (lackingIn is null || !Has(lackingIn, file.Name)))
        .ToDictionary(file => file.Name, file => file.Length, StringComparer.Ordinal);

    /// <summary>Every object of the store is whole, without a key.</summary>
    public async Task AssertHealthyAsync(string store, string because = "")
    {
        using RepositoryConnection keyless = await Fixture.ConnectAsync(store, withSecret: false);
        RepositoryTestResult result = await new VerificationFacade().TestRepositoryAsync(
            keyless, new RepositoryTestOptions { RaceNames = 0 }, Fixture.Observer, CancellationToken.None);
        Assert.True(result.IsHealthy, because + string.Join("; ", result.Findings.Select(finding => $"{finding}: {finding.Message}")));
    }

    /// <summary>Removes the mirror on purpose: what this machine knows of its place goes too.</summary>
    public void ClearMirror()
    {
        string places = Path.Combine(Fixture.Environment.StateDirectory, "places");
        if (Directory.Exists(places))
        {
            Directory.Delete(places, recursive: true);
        }

        if (Directory.Exists(Mirror))
        {
            Directory.Delete(Mirror, recursive: true);
        }
    }

    // At a mirror an object may be a copy of another lease.
    private static bool Has(string store, string name)
    {
        string path = Path.Combine(store, name);
        string folder = Path.GetDirectoryName(path)!, stem = Path.GetFileName(path);
        int copy = stem.LastIndexOf('.');
        return Directory.Exists(folder)
            && (File.Exists(path) || (copy == 64 && Directory.EnumerateFiles(folder, stem[..copy] + ".*").Any()));
    }
}
