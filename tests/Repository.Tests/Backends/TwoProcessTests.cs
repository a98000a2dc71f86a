using System.Diagnostics;
using Portability.Repository.Backends;
using Portability.Tests;
using Xunit;

namespace Portability.Repository.Tests.Backends;

/// <summary>The promises of a directory store between processes.</summary>
public sealed class TwoProcessTests : IDisposable
{
    private readonly List<StoreClientProcess> clients = [];
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        clients.ForEach(client => client.Dispose());
        folder.Dispose();
    }

    [Fact]
    public async Task Three_thousand_names_have_one_winner_each()
    {
        const int Count = 3000;
        const int Lap = 10;
        using MemoryFolder memory = MemoryFolder.Create(folder);
        StoreClientProcess[] racers = [Start(memory.Path), Start(memory.Path)];
        string[] won = ["", ""];
        for (int first = 0; first < Count; first += Lap)
        {
            string[] lap = await Task.WhenAll(racers.Select((racer, self) => racer.AskAsync($"race race {first} {Lap} {self}")));
            won[0] += lap[0];
            won[1] += lap[1];
        }

        DirectoryBlobStore store = DirectoryBlobStore.Open(memory.Path, new DirectoryBlobStoreOptions());
        Assert.All(won, answer => Assert.Equal(Count, answer.Length));
        for (int number = 0; number < Count; number++)
        {
            Assert.True(won[0][number] != won[1][number], $"Name {number} has {won[0][number] + won[1][number] - (2 * '0')} winners.");
            byte[] content = await store.ReadAllAsync(BlobName.Parse($"race/{number % 16:x}/{number}"), 33, Token);
            Assert.Equal(33, content.Length);
            Assert.Equal('1', won[content[0]][number]);
        }

        // Both must have won some: else they ran one after the other and the race proved nothing.
        Assert.All(won, answer => Assert.InRange(answer.Count(character => character == '1'), Count / 20, Count));
        await foreach (TemporaryBlob left in store.ListTemporariesAsync(Token))
        {
            Assert.Fail($"{left.Name} was left.");
        }
    }

    [Fact]
    public async Task What_one_process_put_the_other_sees_at_once()
    {
        StoreClientProcess other = Start(folder.Path);
        DirectoryBlobStore store = DirectoryBlobStore.Open(folder.Path, new DirectoryBlobStoreOptions());
        for (int number = 0; number < 50; number++)
        {
            string name = $"snapshots/w/{number:d10}";
            Assert.Equal("ObjectNotFound", await other.AskAsync($"get {name}"));
            await store.PutIfAbsentAsync(BlobName.Parse(name), new byte[] { 0xAB, (byte)number }, Token);
            Assert.Equal($"ab{number:x2}", await other.AskAsync($"get {name}"));
            Assert.Equal(name, await other.AskAsync($"list {name}"));
            Assert.Equal("Exists", await other.AskAsync($"put {name} 00"));
            Assert.Equal("deleted", await other.AskAsync($"delete {name}"));
            Assert.Null(await store.GetLengthAsync(BlobName.Parse(name), Token));
            Assert.Equal("Created", await other.AskAsync($"put {name} 01"));
            Assert.Equal(1, await store.GetLengthAsync(BlobName.Parse(name), Token));
        }
    }

    [Fact]
    public async Task A_folder_that_comes_and_goes_loses_nothing()
    {
        using MemoryFolder memory = MemoryFolder.Create(folder);
        StoreClientProcess[] churning = [Start(memory.Path), Start(memory.Path)];
        string[] answers = await Task.WhenAll(churning.Select(client => client.AskAsync("churn leases/a/b 500")));
        Assert.All(answers, answer => Assert.Equal("done", answer));
    }

    [Fact]
    public async Task A_writer_killed_in_the_middle_leaves_only_temporaries()
    {
        StoreClientProcess victim = Start(folder.Path);
        DirectoryBlobStore store = DirectoryBlobStore.Open(folder.Path, new DirectoryBlobStoreOptions());
        Task<string> racing = victim.AskAsync("race race 0 100000 7");
        while (await store.GetLengthAsync(BlobName.Parse("race/3/19"), Token) is null)
        {
            await Task.Delay(5, Token);
        }

        victim.Kill();
        await Assert.ThrowsAsync<InvalidOperationException>(() => racing);
        await foreach (BlobEntry entry in store.ListAsync("", Token))
        {
            Assert.Equal(33, entry.Length);
        }

        await foreach (TemporaryBlob left in store.ListTemporariesAsync(Token))
        {
            await store.DeleteTemporaryAsync(left.Name, Token);
        }

        Assert.Empty(Directory.GetFiles(Path.Join(folder.Path, ".temporary")));
    }

    private StoreClientProcess Start(string path)
    {
        var client = new StoreClientProcess(path);
        clients.Add(client);
        return client;
    }

    private sealed class StoreClientProcess : IDisposable
    {
        private readonly Process process;

        public StoreClientProcess(string path)
        {
            string program = Path.Join(AppContext.BaseDirectory, "StoreClient.dll");
            process = Process.Start(new ProcessStartInfo("dotnet", [program, path]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
            Assert.Equal("ready", process.StandardOutput.ReadLine());
        }

        public async Task<string> AskAsync(string line)
        {
            await process.StandardInput.WriteLineAsync(line.AsMemory(), Token);
            await process.StandardInput.FlushAsync(Token);
            return await process.StandardOutput.ReadLineAsync(Token) ?? throw new InvalidOperationException("The process ended.");
        }

        public void Kill() => process.Kill();

        public void Dispose()
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            process.WaitForExit();
            process.Dispose();
        }
    }
}
