using Portability.Disks.Formats;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Engine.Snapshots.Sources;
using Portability.Engine.Workloads;
using Portability.Repository.Keys;
using Portability.Repository.Snapshots;
using Portability.Repository.Workloads;

namespace Portability.Engine.Snapshots.Capture;

/// <summary>All that a capture starts from: the workload, its open disks, its machine, and the snapshot before.</summary>
internal sealed class CaptureSubject : IAsyncDisposable
{
    private CaptureSubject(Guid workload, string name, SourceSet sources)
    {
        Workload = workload;
        Name = name;
        Sources = sources;
    }

    /// <summary>The workload.</summary>
    public Guid Workload { get; }

    /// <summary>Its name as it is stored.</summary>
    public string Name { get; }

    /// <summary>Its open disks.</summary>
    public SourceSet Sources { get; }

    /// <summary>Its machine.</summary>
    public required MachineDefinition Machine { get; init; }

    /// <summary>The newest snapshot, or null for the first capture.</summary>
    public required CatalogEntry? Parent { get; init; }

    /// <summary>What only key holders know of the newest snapshot, or null.</summary>
    public required SnapshotDetails? ParentDetails { get; init; }

    /// <summary>Opens everything; no disk may be in use.</summary>
    /// <param name="registry">Disk formats.</param>
    /// <param name="connection">The repository, opened with a secret.</param>
    /// <param name="options">What is captured.</param>
    /// <param name="observer">Hears of what is remarkable.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">`WorkloadNotRegistered`, `DiskInUse`, or a disk or record cannot be read.</exception>
    public static async Task<CaptureSubject> OpenAsync(
        DiskFormatRegistry registry, RepositoryConnection connection, CaptureOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        Keyring keyring = connection.Opened.RequireNewestKeyring();
        string name = WorkloadIdentity.Normalise(options.Name);
        Guid workload = WorkloadIdentity.IdOf(connection.Opened.Id, name);
        RegisteredWorkload? registered = await new RegistrationCatalog(connection, observer).FindAsync(workload, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<DiskSourceOptions> disks = options.Disks.Count > 0
            ? options.Disks
            : [.. (registered ?? throw WorkloadFacade.NotRegistered(connection, name)).Registration.Disks.Select(Wanted)];
        var catalog = new SnapshotCatalog(connection, observer);
        WorkloadListing listing = await catalog.ListAsync(workload, cancellationToken).ConfigureAwait(false);
        CatalogEntry? parent = await catalog.ReadNewestAsync(listing, cancellationToken).ConfigureAwait(false);
        SnapshotDetails? details = parent is null ? null : SnapshotManifest.ReadDetails(parent.Record, keyring);
        SourceSet sources = await SourceSet.OpenAsync(registry, disks, allowInUse: false, observer, cancellationToken).ConfigureAwait(false);
        try
        {
            // What was registered is what the user said; without that the disks say how the machine starts.
            MachineDefinition machine = options.Machine.Resolve(
                registered?.Registration.Machine ?? details?.Machine, registered is null ? sources.Firmware : null);
            return new CaptureSubject(workload, registered?.Registration.Name ?? parent?.Manifest.Name ?? name, sources)
            {
                Machine = machine,
                Parent = parent,
                ParentDetails = details,
            };
        }
        catch
        {
            await sources.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What a capture may rely on for one disk.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="full">True if the user asked for a scan.</param>
    public ChangeDecision Decide(SourceDisk disk, bool full)
    {
        if (Before(disk) is null)
        {
            return new ChangeDecision(ChangeKind.Unknown, 0, Parent is null ? "it is the first capture" : "the snapshot before has no such disk");
        }

        string? token = ParentDetails?.Disks.FirstOrDefault(details => details.Number == disk.Number)?.ChangeToken;
        return ChangeDecision.Make(ChangeToken.Read(token), disk.Layers, full);
    }

    /// <summary>The disk in the snapshot before, or null where its blocks are of another set or it has none.</summary>
    /// <param name="disk">The disk.</param>
    public SnapshotDisk? Before(SourceDisk disk) => Parent is null
        ? null
        : Array.Find(Parent.Manifest.Disks, before => before.Number == disk.Number && before.Set == SnapshotSets.Of(disk.Role));

    /// <summary>Closes the disks.</summary>
    public ValueTask DisposeAsync() => Sources.DisposeAsync();

    private static DiskSourceOptions Wanted(WorkloadDiskSource disk) => new() { Path = disk.Path, Role = disk.Role, ParentPath = disk.ParentPath };
}
