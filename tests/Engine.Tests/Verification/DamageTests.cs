using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Verification;
using Xunit;

namespace Portability.Engine.Tests.Verification;

/// <summary>Every object of a small repository is flipped, cut, removed and exchanged; each time the test of the repository must name it.</summary>
public sealed class DamageTests : IDisposable
{
    private readonly EngineFixture fixture = new();
    private readonly VerificationFacade facade = new();

    public void Dispose() => fixture.Dispose();

    public static TheoryData<TestDepth> Depths() => [TestDepth.Objects, TestDepth.Content];

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task A_sound_repository_has_no_findings(TestDepth depth)
    {
        using RepositoryConnection connection = await MakeAsync(depth);
        RepositoryTestResult result = await TestAsync(connection, depth);
        Assert.Empty(result.Findings);
        Assert.True(result.IsHealthy);
        Assert.True(result.IsStoreSafe);
        Assert.Equal(1, result.WorkloadCount);
        Assert.Equal(2, result.SnapshotCount);
        Assert.True(result.ObjectCount > 4);
    }

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task A_flipped_byte_is_named(TestDepth depth)
    {
        using RepositoryConnection connection = await MakeAsync(depth);
        var random = new Random(1);
        foreach (string file in Objects())
        {
            byte[] whole = await File.ReadAllBytesAsync(file);
            foreach (int at in new[] { 0, whole.Length / 2, whole.Length - 1, random.Next(whole.Length) }.Distinct())
            {
                byte[] changed = whole.ToArray();
                changed[at] ^= 1;
                await RewriteAsync(file, changed);
                await AssertNamedAsync(connection, depth, file, FormattableString.Invariant($"byte {at} of {whole.Length}"));
            }

            await RewriteAsync(file, whole);
        }

        Assert.Empty((await TestAsync(connection, depth)).Findings);
    }

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task A_cut_object_is_named(TestDepth depth)
    {
        using RepositoryConnection connection = await MakeAsync(depth);
        foreach (string file in Objects())
        {
            byte[] whole = await File.ReadAllBytesAsync(file);
            foreach (int length in new[] { 0, 50, whole.Length / 2, whole.Length - 1 }.Distinct())
            {
                await RewriteAsync(file, whole[..length]);
                await AssertNamedAsync(connection, depth, file, FormattableString.Invariant($"cut to {length} of {whole.Length}"));
            }

            await RewriteAsync(file, whole);
        }
    }

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task A_missing_object_is_named(TestDepth depth)
    {
        using RepositoryConnection connection = await MakeAsync(depth);
        foreach (string file in Objects())
        {
            byte[] whole = await File.ReadAllBytesAsync(file);
            File.Delete(file);
            string name = Name(file);
            if (name.StartsWith("locations/", StringComparison.Ordinal))
            {
                // Nothing names a location run: what it covered is told instead.
                RepositoryTestResult result = await TestAsync(connection, depth);
                Assert.Contains(result.Findings, finding => finding.Kind == FindingKind.NotLocated);
                Assert.True(result.IsHealthy);
            }
            else
            {
                await AssertNamedAsync(connection, depth, file, "removed");
            }

            await RewriteAsync(file, whole);
        }
    }

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task An_exchanged_object_is_named(TestDepth depth)
    {
        using RepositoryConnection connection = await MakeAsync(depth);
        foreach (IGrouping<string, string> kind in Objects().GroupBy(file => Name(file).Split('/')[0], StringComparer.Ordinal))
        {
            string[] files = [.. kind];
            for (int index = 0; index < files.Length && files.Length > 1; index++)
            {
                byte[] whole = await File.ReadAllBytesAsync(files[index]);
                await RewriteAsync(files[index], await File.ReadAllBytesAsync(files[(index + 1) % files.Length]));
                await AssertNamedAsync(connection, depth, files[index], "exchanged with its sibling");
                await RewriteAsync(files[index], whole);
            }
        }
    }

    [Fact]
    public async Task Leases_and_what_else_no_snapshot_needs_are_without_effect()
    {
        using RepositoryConnection connection = await MakeAsync();
        foreach (string file in Files().Where(IsWithoutEffect))
        {
            byte[] whole = await File.ReadAllBytesAsync(file);
            whole[^1] ^= 1;
            await RewriteAsync(file, whole);
        }

        Directory.CreateDirectory(Path.Combine(fixture.Vault, "somebody", "else"));
        await File.WriteAllTextAsync(Path.Combine(fixture.Vault, "somebody", "else", "file.txt"), "not ours");
        Assert.Empty((await TestAsync(connection, TestDepth.Content)).Findings);
    }

    [Fact]
    public async Task A_damaged_object_names_the_snapshots_that_need_it_and_where_they_do_not_read()
    {
        using RepositoryConnection connection = await MakeAsync();
        string pack = Objects().Where(file => Name(file).StartsWith("packs/boot/", StringComparison.Ordinal)).MaxBy(file => new FileInfo(file).Length)!;
        byte[] whole = await File.ReadAllBytesAsync(pack);
        whole[200] ^= 4;
        await RewriteAsync(pack, whole);
        RepositoryTestResult result = await TestAsync(connection, TestDepth.Content);
        TestFinding finding = Assert.Single(result.Findings);
        Assert.Equal(Name(pack), finding.ObjectName);
        Assert.True(finding.IsDamage);
        Assert.Equal(["web01#1", "web01#2"], finding.Snapshots);
        Assert.Equal(96, finding.Offset);
        Assert.Contains("web01#1 disk 0 at 0x", finding.Message, StringComparison.Ordinal);
        foreach (WorkloadSnapshot snapshot in await ListAsync(connection))
        {
            SnapshotTestResult one = await facade.TestSnapshotAsync(connection, snapshot, depth: null, fixture.Observer, CancellationToken.None);
            Assert.False(one.IsHealthy);
            Assert.Equal(Name(pack), Assert.Single(one.Findings).ObjectName);
        }
    }

    [Fact]
    public async Task A_damaged_map_names_the_blocks_below_it()
    {
        using RepositoryConnection connection = await MakeAsync();
        foreach (string map in Objects().Where(file => Name(file).StartsWith("maps/", StringComparison.Ordinal)))
        {
            byte[] whole = await File.ReadAllBytesAsync(map);
            byte[] changed = whole.ToArray();
            changed[96] ^= 1;
            await RewriteAsync(map, changed);
            TestFinding finding = Assert.Single((await TestAsync(connection, TestDepth.Content)).Findings);
            Assert.Equal(Name(map), finding.ObjectName);
            Assert.Equal(96, finding.Offset);
            Assert.Contains(" 16 blocks do not read", finding.Message, StringComparison.Ordinal);
            await RewriteAsync(map, whole);
        }
    }

    [Fact]
    public async Task Every_kind_of_object_is_among_those_that_are_damaged()
    {
        using RepositoryConnection connection = await MakeAsync();
        Assert.Equal(
            ["locations", "maps", "packs", "receipts", "references", "repository.json", "snapshots", "trust"],
            Objects().Select(file => Name(file).Split('/')[0]).Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_damaged_copy_beside_a_whole_one_is_told_but_no_error()
    {
        using RepositoryConnection connection = await MakeAsync();
        string pack = Objects().First(file => Name(file).StartsWith("packs/", StringComparison.Ordinal));
        byte[] whole = await File.ReadAllBytesAsync(pack);
        await RewriteAsync(pack[..^1] + new string('a', 32), whole);
        whole[^5] ^= 1;
        await RewriteAsync(pack, whole);
        RepositoryTestResult result = await TestAsync(connection, TestDepth.Objects);
        Assert.True(result.IsHealthy);
        Assert.Equal(Name(pack), Assert.Single(result.Findings).ObjectName);
    }

    // Leases, ended or not, condemned lists and temporaries hold nothing that a snapshot needs.
    private static bool IsWithoutEffect(string name) =>
        name.StartsWith("leases/", StringComparison.Ordinal) || name.StartsWith("condemned/", StringComparison.Ordinal) || name.Contains("/.", StringComparison.Ordinal) || name[0] == '.';

    private static async Task RewriteAsync(string file, byte[] content)
    {
        if (File.Exists(file))
        {
            File.SetAttributes(file, FileAttributes.Normal);
            File.Delete(file);
        }

        await File.WriteAllBytesAsync(file, content);
    }

    private string Name(string file) => Path.GetRelativePath(fixture.Vault, file).Replace(Path.DirectorySeparatorChar, '/');

    private IEnumerable<string> Files() => [.. Directory.GetFiles(fixture.Vault, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private IEnumerable<string> Objects() => Files().Where(file => !IsWithoutEffect(Name(file)));

    private async Task AssertNamedAsync(RepositoryConnection connection, TestDepth depth, string file, string change)
    {
        RepositoryTestResult result = await TestAsync(connection, depth);
        Assert.True(
            result.Findings.Any(finding => finding.ObjectName == Name(file)),
            $"{Name(file)}, {change}: named are {string.Join("; ", result.Findings.Select(finding => finding.ToString()))}");
        Assert.Equal(!result.Findings.Any(finding => finding.IsError), result.IsHealthy);
        if (!Name(file).StartsWith("locations/", StringComparison.Ordinal) && !Name(file).StartsWith("trust/slots/", StringComparison.Ordinal))
        {
            Assert.False(result.IsHealthy, $"{Name(file)}, {change}");
        }
    }

    private Task<RepositoryTestResult> TestAsync(RepositoryConnection connection, TestDepth depth) =>
        facade.TestRepositoryAsync(connection, new RepositoryTestOptions { Depth = depth, RaceNames = 0 }, fixture.Observer, CancellationToken.None);

    private static async Task<List<WorkloadSnapshot>> ListAsync(RepositoryConnection connection)
    {
        var snapshots = new List<WorkloadSnapshot>();
        await foreach (WorkloadSnapshot snapshot in new SnapshotFacade().ListAsync(connection, new SnapshotListOptions(), SilentObserver.Instance, CancellationToken.None))
        {
            snapshots.Add(snapshot);
        }

        return snapshots;
    }

    private async Task<RepositoryConnection> MakeAsync(TestDepth depth = TestDepth.Content)
    {
        RepositoryConnection connection = await fixture.OpenNewAsync();
        byte[] boot = SparseContent.Make(21, 1 << 20);
        byte[] data = SparseContent.Make(22, 1 << 20);
        DiskSourceOptions[] disks =
        [
            new() { Path = TestDisk.Write(fixture.Folder.File("boot.img"), boot), Role = DiskRole.Boot },
            new() { Path = TestDisk.Write(fixture.Folder.File("data.img"), data), Role = DiskRole.Data },
        ];
        var options = new CaptureOptions { Name = "web01", Disks = disks };
        await new SnapshotFacade().CaptureAsync(connection, options, fixture.Observer, CancellationToken.None);
        new Random(23).NextBytes(boot.AsSpan(100_000, 70_000));
        new Random(24).NextBytes(data.AsSpan(300_000, 70_000));
        TestDisk.Write(fixture.Folder.File("boot.img"), boot);
        TestDisk.Write(fixture.Folder.File("data.img"), data);
        await new SnapshotFacade().CaptureAsync(connection, options, fixture.Observer, CancellationToken.None);
        if (depth == TestDepth.Content)
        {
            return connection;
        }

        // What needs no key is tested without one.
        connection.Dispose();
        return await fixture.ConnectAsync(withSecret: false);
    }
}
