using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Tests.Stores;
using Portability.Engine.Verification;
using Xunit;

namespace Portability.Engine.Tests.Verification;

/// <summary>
/// Every single byte of every object of a small repository is flipped, each object is cut, taken away and exchanged for every other of its
/// kind: the test names it, with and without a key, or it is without effect. In the short form a part of the bytes, other ones of each object.
/// </summary>
public sealed class EveryByteTests : IDisposable
{
    private const int ShortSamples = 250;
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("PORTABILITY_LONG") is "1";

    private readonly EngineFixture fixture = new();
    private readonly VerificationFacade facade = new();

    public void Dispose() => fixture.Dispose();

    [Theory]
    [InlineData(TestDepth.Objects)]
    [InlineData(TestDepth.Content)]
    public async Task Every_byte_is_covered(TestDepth depth)
    {
        await MakeAsync();
        Dictionary<string, byte[]> objects = Directory.GetFiles(fixture.Vault, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(fixture.Vault, file).Replace('\\', '/'), File.ReadAllBytes, StringComparer.Ordinal);
        Damage[] all = [.. Damages(objects)];
        long flips = all.Count(damage => damage.What.StartsWith("byte", StringComparison.Ordinal));
        var silent = new SortedDictionary<string, int>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            all.Chunk((all.Length / 2) + 1),
            new ParallelOptions { MaxDegreeOfParallelism = 2 },
            async (part, token) =>
            {
                DamageStore? store = null;
                EngineEnvironment environment = fixture.Environment with { Intercept = inner => store ??= new DamageStore(inner) };
                using RepositoryConnection connection = await OpenAsync(environment, depth);
                foreach (Damage damage in part)
                {
                    store!.Damage = (damage.Name, damage.Content());
                    RepositoryTestResult result = await facade.TestRepositoryAsync(
                        connection, new RepositoryTestOptions { Depth = depth, RaceNames = 0 }, SilentObserver.Instance, token);
                    if (IsWithoutEffect(damage.Name))
                    {
                        Assert.True(result.Findings.Length == 0, $"{damage.Name}, {damage.What}: {result.Findings.FirstOrDefault()}");
                        lock (silent)
                        {
                            silent[damage.Name.Split('/')[0]] = silent.GetValueOrDefault(damage.Name.Split('/')[0]) + 1;
                        }
                    }
                    else
                    {
                        AssertNamed(result, damage);
                    }
                }
            });
        int counted = objects.Where(item => !IsWithoutEffect(item.Key)).Sum(item => item.Value.Length);
        int without = objects.Where(item => IsWithoutEffect(item.Key)).Sum(item => item.Value.Length);
        TestContext.Current.SendDiagnosticMessage(FormattableString.Invariant(
            $"{(depth == TestDepth.Objects ? "without a key" : "with a key")}: {flips} of {counted + without} bytes flipped, {all.Length - flips} cuts, losses and exchanges over {objects.Count} objects; all named but {without} bytes in {objects.Keys.Count(IsWithoutEffect)} objects that are without effect: {string.Join(", ", silent.Select(item => $"{item.Key}/ ({item.Value} tries)"))}: leases that have ended hold nothing that a snapshot needs"));
    }

    private static bool IsWithoutEffect(string name) => name.StartsWith("leases/", StringComparison.Ordinal) || name[0] == '.';

    private static IEnumerable<Damage> Damages(Dictionary<string, byte[]> objects)
    {
        long total = objects.Values.Sum(content => (long)content.Length);
        int step = IsLong ? 1 : (int)Math.Max(1, total / ShortSamples);
        int phase = 0;
        foreach ((string name, byte[] content) in objects.OrderBy(item => item.Key, StringComparer.Ordinal))
        {
            foreach (int at in Enumerable.Range(0, content.Length).Where(at => (at + phase) % step == 0 || at == content.Length - 1))
            {
                yield return new Damage(name, FormattableString.Invariant($"byte {at} of {content.Length}"), () =>
                {
                    byte[] changed = content.ToArray();
                    changed[at] ^= (byte)(1 << (at % 8));
                    return changed;
                });
            }

            phase += content.Length;
            foreach (int length in new[] { 0, content.Length / 2, content.Length - 1 }.Distinct())
            {
                yield return new Damage(name, FormattableString.Invariant($"cut to {length} of {content.Length}"), () => content[..length]);
            }

            yield return new Damage(name, "gone", () => null);
            foreach ((string other, byte[] bytes) in objects.Where(item => item.Key != name && item.Key.Split('/')[0] == name.Split('/')[0]))
            {
                yield return new Damage(name, "exchanged for " + other, () => bytes);
            }
        }
    }

    private static void AssertNamed(RepositoryTestResult result, Damage damage)
    {
        bool isRun = damage.Name.StartsWith("locations/", StringComparison.Ordinal);
        string[] found = [.. result.Findings.Select(finding => $"{finding}: {finding.Message}")];

        // Nothing names a run: where one is gone, what it covered is told instead.
        Assert.True(
            isRun && damage.What == "gone" ? result.Findings.Any(finding => finding.Kind == FindingKind.NotLocated) : result.Findings.Any(finding => finding.ObjectName == damage.Name),
            $"{damage.Name}, {damage.What}: named are {string.Join("; ", found)}");
        if (!isRun && !(damage.Name.StartsWith("trust/slots/", StringComparison.Ordinal) && damage.What == "gone"))
        {
            Assert.False(result.IsHealthy, $"{damage.Name}, {damage.What}: {string.Join("; ", found)}");
        }

        if (damage.Name.StartsWith("packs/", StringComparison.Ordinal) || damage.Name.StartsWith("maps/", StringComparison.Ordinal) || damage.Name.StartsWith("references/", StringComparison.Ordinal))
        {
            Assert.NotEmpty(result.Findings.First(finding => finding.ObjectName == damage.Name).Snapshots);
        }
    }

    private Task<RepositoryConnection> OpenAsync(EngineEnvironment environment, TestDepth depth) =>
        depth == TestDepth.Content ? fixture.OpenAsync(environment: environment) : fixture.ConnectAsync(withSecret: false, environment: environment);

    private async Task MakeAsync()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        byte[] boot = SparseContent.Make(31, 128 << 10, dataShare: 0.1, longestRun: 2000);
        byte[] data = SparseContent.Make(32, 128 << 10, dataShare: 0.1, longestRun: 2000);
        for (int round = 0; round < 2; round++)
        {
            boot[1000 + round] ^= 1;
            data[5000 + round] ^= 1;
            DiskSourceOptions[] disks =
            [
                new() { Path = TestDisk.Write(fixture.Folder.File("boot.img"), boot), Role = DiskRole.Boot },
                new() { Path = TestDisk.Write(fixture.Folder.File("data.img"), data), Role = DiskRole.Data },
            ];
            await new SnapshotFacade().CaptureAsync(connection, new CaptureOptions { Name = "web01", Disks = disks }, fixture.Observer, CancellationToken.None);
        }
    }

    private sealed record Damage(string Name, string What, Func<byte[]?> Content);
}
