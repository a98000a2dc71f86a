using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Repository.Backends;
using Portability.Repository.Maintenance;

namespace Portability.Engine.Tests.Faults;

/// <summary>One repository and its mirror over which child processes work, each killed at a random moment, and what they have answered for.</summary>
internal sealed class KillHistory : IDisposable
{
    private static readonly CollectOptions Impatient = new() { Patience = TimeSpan.Zero, TemporaryPatience = TimeSpan.Zero };

    private readonly EngineFixture fixture = new();
    private readonly Random random;
    private readonly HashSet<string> captured = new(StringComparer.Ordinal), synced = new(StringComparer.Ordinal), removed = new(StringComparer.Ordinal);

    public KillHistory(int seed) => random = new Random(seed);

    /// <summary>What was under way at the kills, by its first word.</summary>
    public Dictionary<string, int> KilledIn { get; } = new(StringComparer.Ordinal);

    /// <summary>Snapshots that children have reported.</summary>
    public int Captured => captured.Count;

    private string Folder => fixture.Folder.Path;

    public async Task PrepareAsync()
    {
        (await fixture.OpenNewAsync()).Dispose();
        Directory.CreateDirectory(Path.Combine(Folder, "images"));
        await File.WriteAllBytesAsync(Path.Combine(Folder, "certificate.pfx"), RepositoryTemplate.Certificate.Export(X509ContentType.Pkcs12));
    }

    /// <summary>Starts a child, kills it, and looks at what is left. Nothing is repaired by hand: the next child works on.</summary>
    public async Task RunAsync(int child)
    {
        using Process process = Process.Start(new ProcessStartInfo(
            "dotnet", [Path.Join(AppContext.BaseDirectory, "EngineClient.dll"), Folder, child.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string last = "starting";
        using var timer = new Timer(_ => process.Kill());
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            last = line;
            Note(line.Split(' '));
            if (line == "ready")
            {
                timer.Change(random.Next(3000), Timeout.Infinite);
            }
        }

        await process.WaitForExitAsync();
        if (process.ExitCode != 137)
        {
            throw new InvalidOperationException($"Child {child} ended by itself with {process.ExitCode} after '{last}': {await errors}");
        }

        KilledIn[last.Split(' ')[0]] = KilledIn.GetValueOrDefault(last.Split(' ')[0]) + 1;
        await CheckAsync("vault", captured);
        if (File.Exists(Path.Combine(Folder, "mirror", "receipts", "instance")))
        {
            await CheckAsync("mirror", synced);
        }
    }

    public void Dispose() => fixture.Dispose();

    private void Note(string[] words)
    {
        switch (words[0])
        {
            case "captured":
                captured.Add(words[1]);
                break;
            case "synced":
                synced.Add(words[1]);
                break;
            case "removing":
                removed.Add($"{words[1]} {words[2]}");
                break;
            default:
                break;
        }
    }

    /// <summary>Opens it anew: each snapshot that stands reads as its image, none that was reported is missing, and a collection leaves nothing behind.</summary>
    private async Task CheckAsync(string place, HashSet<string> reported)
    {
        using RepositoryConnection connection = await fixture.OpenAsync(Path.Combine(Folder, place));
        await RequireSnapshotsAsync(connection, place, reported);
        await new GarbageCollector(connection.Opened, Impatient, SilentObserver.Instance).RunAsync(CancellationToken.None);
        await foreach (TemporaryBlob left in connection.Store.ListTemporariesAsync(CancellationToken.None))
        {
            throw new InvalidOperationException($"The collection of the {place} leaves {left.Name}.");
        }

        await foreach (BlobEntry left in connection.Store.ListAsync("leases/", CancellationToken.None))
        {
            throw new InvalidOperationException($"The collection of the {place} leaves {left.Name}.");
        }

        await RequireSnapshotsAsync(connection, place, reported);
    }

    private async Task RequireSnapshotsAsync(RepositoryConnection connection, string place, HashSet<string> reported)
    {
        var standing = new HashSet<string>(StringComparer.Ordinal);
        await foreach (WorkloadSnapshot snapshot in new SnapshotFacade().ListAsync(connection, new SnapshotListOptions(), SilentObserver.Instance, CancellationToken.None))
        {
            standing.Add(snapshot.Tag[0]);
            byte[] wanted = await File.ReadAllBytesAsync(Path.Combine(Folder, "images", snapshot.Tag[0]));
            byte[] found = await TestDisk.ReadAsync(connection, snapshot);
            if (!wanted.AsSpan().SequenceEqual(found))
            {
                throw new InvalidOperationException($"Snapshot {snapshot.Sequence} of the {place} is not what was captured.");
            }
        }

        if (reported.FirstOrDefault(name => !standing.Contains(name) && !removed.Contains($"{place} {name}")) is { } lost)
        {
            throw new InvalidOperationException($"The {place} has lost the snapshot of {lost}.");
        }
    }
}
