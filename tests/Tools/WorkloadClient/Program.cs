using System.Globalization;
using Portability;
using Portability.Engine;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;

// A process of its own over a repository: opens it by the passphrase in its environment, reads one command a line, answers one line each.
// Ends with its input. Arguments: the repository, the state directory.
using EngineSecret secret = EngineSecret.FromPassphrase(Environment.GetEnvironmentVariable("WORKLOAD_CLIENT_PASSPHRASE") ?? string.Empty);
EngineEnvironment environment = EngineEnvironment.ForState(args[1]);
var repositories = new RepositoryFacade(environment);
var snapshots = new SnapshotFacade();
using RepositoryConnection connection = await repositories.ConnectAsync(
    new ConnectRepositoryOptions { Path = args[0], Secret = secret }, SilentObserver.Instance, default);
Console.WriteLine("ready");
while (Console.ReadLine() is { } line)
{
    string[] words = line.Split(' ');
    try
    {
        Console.WriteLine(words[0] switch
        {
            "capture" => await CaptureAsync(words[1], words[2]),
            "remove" => await RemoveAsync(words[1]),
            "optimize" => await OptimizeAsync(),
            _ => "unknown",
        });
    }
    catch (PortabilityException exception)
    {
        Console.WriteLine($"{exception.ErrorId} {exception.Message.ReplaceLineEndings(" ")}");
    }
}

// Answers with the number of the snapshot and the bytes that it stored.
async Task<string> CaptureAsync(string name, string disk)
{
    var options = new CaptureOptions { Name = name, Disks = [new DiskSourceOptions { Path = disk }] };
    WorkloadSnapshot snapshot = await snapshots.CaptureAsync(connection, options, SilentObserver.Instance, default);
    return string.Create(CultureInfo.InvariantCulture, $"captured {snapshot.Sequence} {snapshot.StoredBytes}");
}

// Removes the oldest snapshot of a workload if there are three or more.
async Task<string> RemoveAsync(string name)
{
    List<WorkloadSnapshot> standing = [];
    await foreach (WorkloadSnapshot snapshot in snapshots.ListAsync(connection, new SnapshotListOptions(), SilentObserver.Instance, default))
    {
        if (string.Equals(snapshot.Name, name, StringComparison.Ordinal))
        {
            standing.Add(snapshot);
        }
    }

    if (standing.Count < 3)
    {
        return "none";
    }

    WorkloadSnapshot oldest = standing.MinBy(snapshot => snapshot.Sequence)!;
    await snapshots.RemoveAsync(connection, oldest, SilentObserver.Instance, default);
    return string.Create(CultureInfo.InvariantCulture, $"removed {oldest.Sequence}");
}

async Task<string> OptimizeAsync()
{
    OptimizeResult result = await repositories.OptimizeAsync(connection, new OptimizeOptions(), SilentObserver.Instance, default);
    return string.Create(CultureInfo.InvariantCulture, $"optimized {result.BytesFreed} {result.PacksRewritten} {result.ObjectsWaiting}");
}
