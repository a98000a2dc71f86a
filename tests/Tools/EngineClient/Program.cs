using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Portability;
using Portability.Engine;
using Portability.Engine.Replication;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;

// Captures, syncs, removes and optimises in a random order until it is killed. Says on a line each what it is about to do and what is done.
// Arguments: folder (holds vault, mirror, state, images, certificate.pfx), seed.
string folder = args[0];
var random = new Random(int.Parse(args[1], CultureInfo.InvariantCulture));
using X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12FromFile(Path.Combine(folder, "certificate.pfx"), null);
using EngineSecret secret = EngineSecret.FromCertificate(certificate);
var repositories = new RepositoryFacade(EngineEnvironment.ForState(Path.Combine(folder, "state")));
var snapshots = new SnapshotFacade();
using RepositoryConnection vault = await Connect("vault");
Console.WriteLine("ready");
for (int number = 0; ; number++)
{
    try
    {
        await Step(number);
    }
    catch (RepositoryLockedException exception)
    {
        Console.WriteLine($"locked {exception.ErrorId}");
    }
}

async Task Step(int number)
{
    switch (random.Next(6))
    {
        case 0 or 1:
            await Capture(number);
            break;
        case 2 or 3:
            Console.WriteLine("syncing");
            SyncResult sent = await new SyncFacade().SyncAsync(vault, new SyncOptions { Destination = Path.Combine(folder, "mirror") }, SilentObserver.Instance, default);
            using (sent.Destination)
            {
                foreach (WorkloadSnapshot snapshot in sent.Snapshots)
                {
                    Console.WriteLine($"synced {snapshot.Tag[0]}");
                }

                await Tidy(sent.Destination, "mirror");
            }

            break;
        default:
            await Tidy(vault, "vault");
            break;
    }
}

// Changes a part of the last image, keeps the new one under its own name, and captures it.
async Task Capture(int number)
{
    string name = $"{args[1]}-{number}";
    string last = Path.Combine(folder, "images", "last");
    byte[] content = File.Exists(last) ? await File.ReadAllBytesAsync(last) : new byte[768 << 10];
    random.NextBytes(content.AsSpan(random.Next(content.Length - (200 << 10)), random.Next(1, 200 << 10)));
    string image = Path.Combine(folder, "images", name);
    await File.WriteAllBytesAsync(image, content);
    Console.WriteLine($"capturing {name}");
    await snapshots.CaptureAsync(
        vault, new CaptureOptions { Name = "web01", Tag = [name], Disks = [new DiskSourceOptions { Path = image }] }, SilentObserver.Instance, default);
    Console.WriteLine($"captured {name}");
    File.Copy(image, last + ".new", overwrite: true);
    File.Move(last + ".new", last, overwrite: true); // a kill leaves the one or the other, whole
}

// Removes the oldest when there are many, and optimises.
async Task Tidy(RepositoryConnection connection, string place)
{
    List<WorkloadSnapshot> all = [];
    await foreach (WorkloadSnapshot snapshot in snapshots.ListAsync(connection, new SnapshotListOptions(), SilentObserver.Instance, default))
    {
        all.Add(snapshot);
    }

    foreach (WorkloadSnapshot snapshot in all.SkipLast(3))
    {
        Console.WriteLine($"removing {place} {snapshot.Tag[0]}");
        await snapshots.RemoveAsync(connection, snapshot, SilentObserver.Instance, default);
    }

    Console.WriteLine($"optimising {place}");
    await repositories.OptimizeAsync(connection, new OptimizeOptions { WaitLimit = TimeSpan.Zero }, SilentObserver.Instance, default);
}

async Task<RepositoryConnection> Connect(string name) => await repositories.ConnectAsync(
    new ConnectRepositoryOptions { Path = Path.Combine(folder, name), Secret = secret }, SilentObserver.Instance, default);
