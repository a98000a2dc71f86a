using System.Runtime.CompilerServices;
using Portability.Disks.Formats;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Snapshots.Catalog;
using Portability.Engine.Snapshots.Sources;
using Portability.Repository.Workloads;

namespace Portability.Engine.Workloads;

/// <summary>Registers, lists and changes workloads. Thread-safe.</summary>
public sealed class WorkloadFacade
{
    private readonly DiskFormatRegistry registry = DiskFormatRegistry.CreateDefault();

    /// <summary>Registers a workload: looks at its disks, also at those in use, and keeps where they are.</summary>
    /// <param name="connection">The repository, opened with a secret.</param>
    /// <param name="options">The workload.</param>
    /// <param name="observer">Hears of what is remarkable about its disks.</param>
    /// <param name="cancellationToken">Cancels the call; the workload is registered or not.</param>
    /// <exception cref="PortabilityException">`WorkloadExists`, `WorkloadNameInvalid`, `SignerNotAdmitted`, `KeyRequired`, or a disk cannot be read.</exception>
    public async Task<Workload> RegisterAsync(
        RepositoryConnection connection, RegisterWorkloadOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        string name = WorkloadIdentity.Normalise(options.Name);
        Guid id = WorkloadIdentity.IdOf(connection.Opened.Id, name);
        connection.Opened.RequireNewestKeyring();
        connection.Opened.RequireSigner(SignerRights.Capture, id, name);
        var catalog = new RegistrationCatalog(connection, observer);
        if (await catalog.FindAsync(id, cancellationToken).ConfigureAwait(false) is not null)
        {
            throw new RepositoryException(
                "WorkloadExists",
                ErrorKind.Exists,
                $"Failed to register '{name}' in '{connection.Store.Location}': it is registered already.",
                "Change it with Set-Workload, or give another -Name.",
                name);
        }

        (WorkloadDiskSource[] disks, FirmwareKind firmware) = await LookAsync(options.Disks, observer, cancellationToken).ConfigureAwait(false);
        var registration = new WorkloadRegistration
        {
            Workload = id,
            Name = name,
            Number = 0,
            Created = default,
            Disks = disks,
            Machine = options.Machine.Resolve(null, firmware),
        };
        return await PutAsync(connection, catalog, registration, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Changes the disks or the machine of a registered workload.</summary>
    /// <param name="connection">The repository, opened with a secret.</param>
    /// <param name="options">What is changed.</param>
    /// <param name="observer">Hears of what is remarkable about its disks.</param>
    /// <param name="cancellationToken">Cancels the call; the workload is changed or not.</param>
    /// <exception cref="PortabilityException">`WorkloadNotFound`, `WorkloadNotRegistered`, `SignerNotAdmitted`, `KeyRequired`, or a disk cannot be read.</exception>
    public async Task<Workload> SetAsync(
        RepositoryConnection connection, SetWorkloadOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        connection.Opened.RequireNewestKeyring();
        var catalog = new RegistrationCatalog(connection, observer);
        RegisteredWorkload known = await catalog.FindAsync(WorkloadIdentity.IdOf(connection.Opened.Id, options.Name), cancellationToken).ConfigureAwait(false)
            ?? throw await UnknownAsync(
                connection, "change", options.Name, "Register its disks and its machine with Register-Workload.", observer, cancellationToken).ConfigureAwait(false);
        WorkloadDiskSource[] disks = known.Registration.Disks;
        FirmwareKind? firmware = null;
        if (options.Disks is not null)
        {
            (disks, firmware) = await LookAsync(options.Disks, observer, cancellationToken).ConfigureAwait(false);
        }

        WorkloadRegistration registration = known.Registration with
        {
            Disks = disks,
            Machine = options.Machine.Resolve(known.Registration.Machine, firmware),
        };
        return await PutAsync(connection, catalog, registration, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes the registration of a workload away; its snapshots stay.</summary>
    /// <param name="connection">The repository, opened with a secret.</param>
    /// <param name="name">Name of the workload.</param>
    /// <param name="observer">Hears of records that do not count.</param>
    /// <param name="cancellationToken">Cancels the call; the registration is taken away or not.</param>
    /// <exception cref="PortabilityException">`WorkloadNotFound`, `WorkloadNotRegistered`, `SignerNotAdmitted`, `KeyRequired`.</exception>
    public async Task UnregisterAsync(RepositoryConnection connection, string name, IOperationObserver observer, CancellationToken cancellationToken)
    {
        var catalog = new RegistrationCatalog(connection, observer);
        RegisteredWorkload known = await catalog.FindAsync(WorkloadIdentity.IdOf(connection.Opened.Id, name), cancellationToken).ConfigureAwait(false)
            ?? throw await UnknownAsync(
                connection, "unregister", name, "Nothing has to be done; if its snapshots shall go, remove them with Remove-WorkloadSnapshot.", observer, cancellationToken).ConfigureAwait(false);
        WorkloadRegistration removed = known.Registration with { IsRemoved = true, Disks = [], Machine = new MachineDefinition() };
        await catalog.PutAsync(removed, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lists workloads: those that are registered and those that have snapshots, by name.</summary>
    /// <param name="connection">The repository; without a secret disks and machines are not shown.</param>
    /// <param name="nameFilter">Tells which names are wanted, or null for all.</param>
    /// <param name="observer">Hears of records that do not count.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read, or a record is damaged.</exception>
    public async IAsyncEnumerable<Workload> GetAsync(
        RepositoryConnection connection, Func<string, bool>? nameFilter, IOperationObserver observer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await connection.Opened.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        var snapshots = new SnapshotCatalog(connection, observer);
        var found = new Dictionary<Guid, Workload>();
        await foreach (RegisteredWorkload registered in new RegistrationCatalog(connection, observer).ListAsync(cancellationToken).ConfigureAwait(false))
        {
            found.Add(registered.Id, Describe(connection, registered));
        }

        await foreach (WorkloadListing listing in snapshots.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (await snapshots.ReadNewestAsync(listing, cancellationToken).ConfigureAwait(false) is { } newest)
            {
                Workload known = found.GetValueOrDefault(listing.Workload) ?? Describe(connection, listing.Workload, newest.Manifest.Name);
                found[listing.Workload] = known with
                {
                    SnapshotCount = listing.Manifests.Count,
                    LatestSnapshotId = newest.Manifest.Snapshot,
                    LatestSnapshotUtc = newest.Manifest.Created,
                };
            }
        }

        foreach (Workload workload in found.Values.OrderBy(workload => workload.Name, StringComparer.OrdinalIgnoreCase))
        {
            if (nameFilter is null || nameFilter(workload.Name))
            {
                yield return workload;
            }
        }
    }

    // A name without registration: one that was captured all the same, or nothing at all.
    private static async Task<RepositoryException> UnknownAsync(
        RepositoryConnection connection, string verb, string name, string advice, IOperationObserver observer, CancellationToken cancellationToken)
    {
        WorkloadListing listing = await new SnapshotCatalog(connection, observer)
            .ListAsync(WorkloadIdentity.IdOf(connection.Opened.Id, name), cancellationToken).ConfigureAwait(false);
        return listing.Manifests.Count > 0
            ? new RepositoryException(
                "WorkloadNotRegistered",
                ErrorKind.NotFound,
                $"Failed to {verb} '{name}': it has snapshots in '{connection.Store.Location}', but is not registered.",
                advice,
                name)
            : new RepositoryException(
                "WorkloadNotFound",
                ErrorKind.NotFound,
                $"Failed to {verb} '{name}': nothing of that name is registered in '{connection.Store.Location}'.",
                "List the names with Get-Workload, or register it with Register-Workload.",
                name);
    }

    /// <summary>Makes the error for a workload whose disks are not registered.</summary>
    internal static RepositoryException NotRegistered(RepositoryConnection connection, string name) => new(
        "WorkloadNotRegistered",
        ErrorKind.NotFound,
        $"Failed to find the disks of '{name}': it is not registered in '{connection.Store.Location}'.",
        "Name its disks with -BootDiskPath and -DataDiskPath, or register it once with Register-Workload.",
        name);

    private static async Task<Workload> PutAsync(
        RepositoryConnection connection, RegistrationCatalog catalog, WorkloadRegistration registration, CancellationToken cancellationToken) =>
        Describe(connection, await catalog.PutAsync(registration, cancellationToken).ConfigureAwait(false));

    private static Workload Describe(RepositoryConnection connection, RegisteredWorkload registered) =>
        Describe(connection, registered.Id, registered.Registration.Name) with
        {
            Disks = registered.Registration.Disks,
            Machine = registered.Registration.Machine,
            RegisteredUtc = registered.Registration.Created,
        };

    private static Workload Describe(RepositoryConnection connection, Guid id, string name) => new()
    {
        Id = id,
        Name = name,
        RepositoryId = connection.Opened.Id,
        RepositoryPath = connection.Store.Location,
    };

    private async Task<(WorkloadDiskSource[] Disks, FirmwareKind Firmware)> LookAsync(
        IReadOnlyList<DiskSourceOptions> wanted, IOperationObserver observer, CancellationToken cancellationToken)
    {
        SourceSet set = await SourceSet.OpenAsync(registry, wanted, allowInUse: true, observer, cancellationToken).ConfigureAwait(false);
        await using (set.ConfigureAwait(false))
        {
            WorkloadDiskSource[] disks =
            [
                .. set.Disks.Select(disk => new WorkloadDiskSource
                {
                    Number = disk.Number,
                    Role = disk.Role,
                    Path = disk.Layers[0].Path,
                    ParentPath = disk.Wanted.ParentPath,
                    Format = disk.Wanted.Format,
                }),
            ];
            return (disks, set.Firmware);
        }
    }
}
