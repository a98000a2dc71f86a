using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Keys;
using Portability.Repository.Records;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Snapshots;

/// <summary>Describes snapshots in the terms that cmdlets emit.</summary>
internal static class SnapshotDescription
{
    /// <summary>Describes a snapshot.</summary>
    /// <param name="connection">The repository it was read from.</param>
    /// <param name="entry">The snapshot.</param>
    /// <exception cref="PortabilityException">Its sealed part does not open.</exception>
    public static WorkloadSnapshot Of(RepositoryConnection connection, CatalogEntry entry)
    {
        SnapshotManifest manifest = entry.Manifest;
        Keyring? keyring = connection.Opened.Keyring;
        SnapshotDetails? details = keyring is not null && entry.Record.HasSealedPart ? SnapshotManifest.ReadDetails(entry.Record, keyring) : null;
        return new WorkloadSnapshot
        {
            Id = manifest.Snapshot,
            Name = manifest.Name,
            Sequence = manifest.Number,
            CreatedUtc = manifest.Created,
            ParentId = manifest.ParentSnapshot ?? Guid.Empty,
            Disks = [.. manifest.Disks.Select(disk => Disk(disk, details?.Disks.FirstOrDefault(known => known.Number == disk.Number)))],
            LogicalBytes = manifest.LogicalBytes,
            ChangedBytes = manifest.ChangedBytes,
            StoredBytes = manifest.StoredBytes,
            Duration = manifest.Duration,
            Tag = manifest.Tags,
            WorkloadId = manifest.Workload,
            Machine = details?.Machine ?? new MachineDefinition(),
            SignerFingerprint = FingerprintConverter.ToHex(entry.Record.Signer),
            RepositoryId = connection.Opened.Id,
            RepositoryPath = connection.Store.Location,
        };
    }

    private static WorkloadDisk Disk(SnapshotDisk disk, SnapshotDiskDetails? details) => new()
    {
        Number = disk.Number,
        Role = SnapshotSets.RoleOf(disk.Set),
        Path = details?.Path ?? string.Empty,
        Format = Enum.TryParse(details?.Format, ignoreCase: true, out ImageFormat format) ? format.ToString() : details?.Format ?? string.Empty,
        Length = disk.Length,
        LogicalSectorSize = disk.SectorSize,
        PhysicalSectorSize = disk.PhysicalSectorSize,
        PartitionStyle = details?.PartitionStyle ?? PartitionStyle.None,
        Partitions = details?.Partitions ?? [],
        DiskId = disk.Id,
    };
}
