using System.Globalization;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Verification;
using Xunit;

namespace Portability.Engine.Tests.Snapshots;

/// <summary>Real processes that work on one repository at the same time.</summary>
public sealed class ManyProcessTests : IDisposable
{
    private const int Workloads = 10, Rounds = 4, Size = 2 << 20, Shared = 1 << 20;
    private readonly EngineFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task Ten_processes_on_ten_workloads_succeed_beside_removals_and_optimisations()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        var expected = new Dictionary<(string Name, long Number), byte[]>();
        byte[] common = SparseContent.Make(99, Shared, dataShare: 1);
        await CaptureAsync(connection, "common", common);
        ClientProcess[] clients = await Task.WhenAll(Enumerable.Range(0, Workloads + 2).Select(_ => ClientProcess.StartAsync(fixture.Vault, fixture.Folder.File("state"), EngineFixture.Passphrase)));
        try
        {
            using var done = new CancellationTokenSource();
            Task[] tending = [RepeatAsync(clients[Workloads], _ => "optimize", "optimized", done.Token), RepeatAsync(clients[Workloads + 1], round => $"remove w{round % Workloads}", null, done.Token)];
            long[] stored = await Task.WhenAll(Enumerable.Range(0, Workloads).Select(number => WorkAsync(clients[number], number, common, expected)));
            await done.CancelAsync();
            await Task.WhenAll(tending);

            // What all have in common was stored before, by the same signer: the first capture stores what is its own.
            Assert.All(stored, bytes => Assert.InRange(bytes, Size - Shared - (Size / 10), Size - Shared + (Size / 10)));
        }
        finally
        {
            Array.ForEach(clients, client => client.Dispose());
        }

        await fixture.Repositories.OptimizeAsync(connection, new OptimizeOptions(), fixture.Observer, CancellationToken.None);
        int compared = 0;
        foreach (WorkloadSnapshot snapshot in await new SnapshotFacade().ListAsync(connection, new SnapshotListOptions(), fixture.Observer, CancellationToken.None).ToListAsync())
        {
            if (expected.TryGetValue((snapshot.Name, snapshot.Sequence), out byte[]? content))
            {
                byte[] read = await TestDisk.ReadAsync(connection, snapshot);
                Assert.True(content.AsSpan().SequenceEqual(read), $"{snapshot} reads wrong.");
                compared++;
            }
        }

        Assert.InRange(compared, Workloads * 2, Workloads * Rounds);
        RepositoryTestResult result = await new VerificationFacade().TestRepositoryAsync(
            connection, new RepositoryTestOptions { Depth = TestDepth.Content, RaceNames = 0 }, fixture.Observer, CancellationToken.None);
        Assert.True(result.IsHealthy, string.Join("; ", result.Findings.Select(finding => finding.ToString())));
    }

    [Fact]
    public async Task Of_two_processes_on_one_workload_one_wins_and_the_other_says_so()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        byte[] content = SparseContent.Make(1, 32 << 20, dataShare: 1);
        string disk = TestDisk.Write(fixture.Folder.File("disk.img"), content);
        ClientProcess[] clients = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => ClientProcess.StartAsync(fixture.Vault, fixture.Folder.File("state"), EngineFixture.Passphrase)));
        try
        {
            int lost = 0;
            for (int round = 0; round < 5 && lost == 0; round++)
            {
                string[] answers = await Task.WhenAll(clients.Select(client => client.AskAsync($"capture web01 {disk}")));
                Assert.Contains(answers, answer => answer.StartsWith("captured", StringComparison.Ordinal));
                foreach (string answer in answers.Where(answer => !answer.StartsWith("captured", StringComparison.Ordinal)))
                {
                    Assert.StartsWith("SnapshotNumberTaken", answer, StringComparison.Ordinal);
                    lost++;
                }
            }

            Assert.True(lost > 0, "The two never met.");
        }
        finally
        {
            Array.ForEach(clients, client => client.Dispose());
        }

        foreach (WorkloadSnapshot snapshot in await new SnapshotFacade().ListAsync(connection, new SnapshotListOptions(), fixture.Observer, CancellationToken.None).ToListAsync())
        {
            byte[] read = await TestDisk.ReadAsync(connection, snapshot);
            Assert.True(content.AsSpan().SequenceEqual(read), $"{snapshot} reads wrong.");
        }
    }

    private static async Task RepeatAsync(ClientProcess client, Func<int, string> command, string? answer, CancellationToken done)
    {
        for (int round = 0; !done.IsCancellationRequested; round++)
        {
            string said = await client.AskAsync(command(round));
            Assert.True(answer is null ? said is "none" || said.StartsWith("removed", StringComparison.Ordinal) : said.StartsWith(answer, StringComparison.Ordinal), said);
            if (said is "none")
            {
                await Task.Delay(50, CancellationToken.None);
            }
        }
    }

    // Captures, changes, captures again; gives the bytes that the first capture stored.
    private async Task<long> WorkAsync(ClientProcess client, int number, byte[] common, Dictionary<(string Name, long Number), byte[]> expected)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"w{number}");
        byte[] content = SparseContent.Make(number + 1, Size, dataShare: 1);
        common.CopyTo(content, 0);
        long stored = 0;
        for (int round = 0; round < Rounds; round++)
        {
            string disk = TestDisk.Write(fixture.Folder.File(name + ".img"), content);
            string[] answer = (await client.AskAsync($"capture {name} {disk}")).Split(' ');
            Assert.True(answer[0] is "captured", string.Join(' ', answer));
            lock (expected)
            {
                expected.Add((name, long.Parse(answer[1], CultureInfo.InvariantCulture)), (byte[])content.Clone());
            }

            stored = round == 0 ? long.Parse(answer[2], CultureInfo.InvariantCulture) : stored;
            SparseContent.Make((100 * number) + round, Size / 8, dataShare: 1).CopyTo(content, Shared + (round * Size / 8));
        }

        return stored;
    }

    private Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, string name, byte[] content) => new SnapshotFacade().CaptureAsync(
        connection,
        new CaptureOptions { Name = name, Disks = [new DiskSourceOptions { Path = TestDisk.Write(fixture.Folder.File(name + ".img"), content) }] },
        fixture.Observer,
        CancellationToken.None);
}
