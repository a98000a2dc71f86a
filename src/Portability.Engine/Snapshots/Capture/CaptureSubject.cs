using Portability.Disks.Formats;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Engine.Snapshots.Sources;
using Portability.Engine.Workloads;
using Portability.Repository.Snapshots;
using Portability.Repository.Workloads;

namespace Portability.Engine.Snapshots.Capture;

/// <summary>All that a capture starts from: the workload, its open disks, its machine, and the snapshot before.</summary>
internal sealed class CaptureSubject : IAsyncDisposable
{
    private readonly CaptureOptions options;
    private readonly RegisteredWorkload? registered;
    private readonly string givenName;
    private bool reliesOnParent = true;

    private CaptureSubject(Guid workload, string givenName, SourceSet sources, CaptureOptions options, RegisteredWorkload? registered)
    {
        Workload = workload;
        Sources = sources;
        this.givenName = givenName;
        this.options = options;
        this.registered = registered;
        Name = registered?.Registration.Name ?? givenName;
        Machine = new MachineDefinition();
    }

    /// <summary>The workload.</summary>
    public Guid Workload { get; }

    /// <summary>Its name as it is stored.</summary>
    public string Name { get; private set; }

    /// <summary>Its open disks.</summary>
    public SourceSet Sources { get; }

    /// <summary>Its machine.</summary>
    public MachineDefinition Machine { get; private set; }

    /// <summary>The newest snapshot, or null for the first capture.</summary>
    public CatalogEntry? Parent { get; private set; }

    /// <summary>What only key holders know of the newest snapshot, or null.</summary>
    public SnapshotDetails? ParentDetails { get; private set; }

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
        connection.Opened.RequireNewestKeyring();
        string name = WorkloadIdentity.Normalise(options.Name);
        Guid workload = WorkloadIdentity.IdOf(connection.Opened.Id, name);
        RegisteredWorkload? registered = await new RegistrationCatalog(connection, observer).FindAsync(workload, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<DiskSourceOptions> disks = options.Disks.Count > 0
            ? options.Disks
            : [.. (registered ?? throw WorkloadFacade.NotRegistered(connection, name)).Registration.Disks.Select(disk => Wanted(disk, options))];
        disks = await KnownRaw.MarkAsync(registry, connection, workload, registered, disks, observer, cancellationToken).ConfigureAwait(false);
        SourceSet sources = await SourceSet.OpenAsync(registry, disks, allowInUse: false, observer, cancellationToken).ConfigureAwait(false);
        return new CaptureSubject(workload, name, sources, options, registered);
    }

    /// <summary>Takes the snapshot before into account.</summary>
    /// <param name="connection">The repository.</param>
    /// <param name="parent">The newest snapshot, or null for the first capture.</param>
    /// <exception cref="PortabilityException">Its sealed part does not open, or `MachineInvalid`.</exception>
    public void Follow(RepositoryConnection connection, CatalogEntry? parent)
    {
        Parent = parent;
        ParentDetails = parent is null ? null : SnapshotManifest.ReadDetails(parent.Record, connection.Opened.RequireKeyring());
        Name = registered?.Registration.Name ?? parent?.Manifest.Name ?? givenName;

        // What was registered is what the user said; without that the disks say how the machine starts.
        Machine = options.Machine.Resolve(
            registered?.Registration.Machine ?? ParentDetails?.Machine, registered is null ? Sources.Firmware : null);
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

    /// <summary>Takes no block from the snapshot before, which stays the parent by name.</summary>
    public void RelyOnNothing() => reliesOnParent = false;

    /// <summary>The disk in the snapshot before, or null where its blocks are of another set, it has none, or nothing of it is relied on.</summary>
    /// <param name="disk">The disk.</param>
    public SnapshotDisk? Before(SourceDisk disk) => Parent is null || !reliesOnParent
        ? null
        : Array.Find(Parent.Manifest.Disks, before => before.Number == disk.Number && before.Set == SnapshotSets.Of(disk.Role));

    /// <summary>Closes the disks.</summary>
    public ValueTask DisposeAsync() => Sources.DisposeAsync();

    private static DiskSourceOptions Wanted(WorkloadDiskSource disk, CaptureOptions options) => new()
    {
        Path = disk.Path,
        Role = disk.Role,
        ParentPath = options.ParentPath.Length > 0 ? options.ParentPath : disk.ParentPath,
        Format = options.Format.Length > 0 ? options.Format : disk.Format,
    };
}
