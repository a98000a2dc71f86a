using System.Globalization;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.References;
using Portability.Repository.Workloads;

namespace Portability.Repository.Snapshots;

/// <summary>Turns stored bodies into manifests and back; checks what JSON alone does not.</summary>
internal static class ManifestConversion
{
    private const string Boot = "boot", Data = "data";
    private const int MaximumNameLength = 1024, MaximumDisks = 1024;
    private const int MaximumPartitions = 4096;

    public static ManifestBody ToBody(SnapshotManifest manifest) => new()
    {
        Workload = manifest.Workload,
        Name = manifest.Name,
        Number = manifest.Number,
        Snapshot = manifest.Snapshot,
        Created = manifest.Created,
        ParentNumber = manifest.ParentNumber,
        ParentSnapshot = manifest.ParentSnapshot,
        ParentHash = manifest.ParentHash,
        Trust = manifest.Trust,
        Home = new ManifestHomeBody { Counter = manifest.HomeCounter, Instance = manifest.HomeInstance },
        Lease = manifest.Lease,
        Tags = manifest.Tags,
        LogicalBytes = manifest.LogicalBytes,
        ChangedBytes = manifest.ChangedBytes,
        StoredBytes = manifest.StoredBytes,
        DurationMs = (long)manifest.Duration.TotalMilliseconds,
        Disks = [.. manifest.Disks.Select(ToBody)],
        References = manifest.References is null ? null : ToBody(manifest.References),
    };

    public static SnapshotManifest FromBody(ManifestBody body, string? name)
    {
        string? fact = Fault(body);
        return fact is null
            ? new SnapshotManifest
            {
                Workload = body.Workload,
                Name = body.Name,
                Number = body.Number,
                Snapshot = body.Snapshot,
                Created = body.Created,
                ParentNumber = body.ParentNumber,
                ParentSnapshot = body.ParentSnapshot,
                ParentHash = body.ParentHash,
                Trust = body.Trust,
                HomeCounter = body.Home.Counter,
                HomeInstance = body.Home.Instance,
                Lease = body.Lease,
                Tags = body.Tags,
                LogicalBytes = body.LogicalBytes,
                ChangedBytes = body.ChangedBytes,
                StoredBytes = body.StoredBytes,
                Duration = TimeSpan.FromMilliseconds(body.DurationMs),
                Disks = [.. body.Disks.Select(FromBody)],
                References = body.References is null ? null : FromBody(body.References),
            }
            : throw Damage.Malformed("manifest", 13, name, -1, fact);
    }

    public static ManifestSealedBody ToSealed(SnapshotDetails details) => new()
    {
        Machine = details.Machine,
        Disks =
        [
            .. details.Disks.Select(disk => new ManifestSealedDiskBody
            {
                Number = disk.Number,
                Name = disk.Name,
                Path = disk.Path,
                Format = disk.Format,
                ChangeToken = disk.ChangeToken,
                PartitionStyle = disk.PartitionStyle,
                Partitions = disk.Partitions,
            }),
        ],
    };

    public static SnapshotDetails FromSealed(ManifestSealedBody body, string? name) => body.Disks.Length <= MaximumDisks && !Array.Exists(body.Disks, disk => disk is null)
        ? new SnapshotDetails
        {
            Machine = MachineReading.Complete(body.Machine, name),
            Disks =
            [
                .. body.Disks.Select(disk => new SnapshotDiskDetails
                {
                    Number = disk.Number,
                    Name = disk.Name,
                    Path = disk.Path,
                    Format = disk.Format,
                    ChangeToken = disk.ChangeToken,
                    PartitionStyle = Enum.IsDefined(disk.PartitionStyle) ? disk.PartitionStyle : throw Damage.Malformed("sealed part of manifest", 13, name, -1, "a partition table is of no known kind"),
                    Partitions = ReadPartitions(disk.Partitions ?? [], name),
                }),
            ],
        }
        : throw Damage.Malformed("sealed part of manifest", 13, name, -1, FormattableString.Invariant($"its {body.Disks.Length} disks do not fit"));

    private static WorkloadPartition[] ReadPartitions(WorkloadPartition[] partitions, string? name) =>
        partitions.Length <= MaximumPartitions && !Array.Exists(partitions, item => item is null || item.Offset < 0 || item.Length < 0 || !Enum.IsDefined(item.Kind))
            ? Array.ConvertAll(partitions, item => item with { TypeName = item.TypeName ?? string.Empty, Name = item.Name ?? string.Empty })
            : throw Damage.Malformed("sealed part of manifest", 13, name, -1, FormattableString.Invariant($"its {partitions.Length} partitions do not fit"));

    private static string? Fault(ManifestBody body)
    {
        long longest = (long)TimeSpan.MaxValue.TotalMilliseconds - 1;
        if (body.Number is < 1 or > RepositoryNames.MaximumNumber
            || body.ParentNumber < 0
            || body.ParentNumber >= body.Number
            || body.ParentNumber == 0 != body.ParentHash.IsEmpty
            || body.ParentNumber == 0 != body.ParentSnapshot is null)
        {
            return FormattableString.Invariant($"number {body.Number} and parent {body.ParentNumber} do not fit each other");
        }

        if (body.Name.Length is 0 or > MaximumNameLength || body.Workload == Guid.Empty || body.Snapshot == Guid.Empty)
        {
            return "it has no name or no identifier";
        }

        if (body.LogicalBytes < 0 || body.ChangedBytes < 0 || body.StoredBytes < 0 || body.DurationMs < 0 || body.DurationMs > longest || body.Trust < 1 || body.Home.Counter < 0)
        {
            return "a count is out of range";
        }

        if (body.Disks.Length is 0 or > MaximumDisks || Array.Exists(body.Disks, disk => disk is null) || body.Disks.DistinctBy(disk => disk.Number).Count() != body.Disks.Length || body.Tags.Any(tag => tag is null))
        {
            return FormattableString.Invariant($"its {body.Disks.Length} disks or its tags do not fit");
        }

        if (body.References is null && body.Disks.Any(disk => disk.Root is not null))
        {
            return "it has maps but no references";
        }

        if (body.References is { } references && (references.Object.IsEmpty || references.Hash.IsEmpty || references.RootHash.IsEmpty))
        {
            return "its references have no hash";
        }

        return body.Disks.Select(Fault).FirstOrDefault(fact => fact is not null);
    }

    private static string? Fault(ManifestDiskBody disk) =>
        disk.Number < 0
        || disk.Length < 1
        || disk.Set is not (Boot or Data)
        || disk.SectorSize is not (512 or 4096)
        || disk.PhysicalSectorSize < disk.SectorSize
        || disk.Levels is < 1 or > MapNode.MaximumLevels
        || (disk.Root is { } root && (root.Object.IsEmpty || root.Hash.IsEmpty))
            ? string.Create(CultureInfo.InvariantCulture, $"disk {disk.Number} of {disk.Length} bytes, set '{disk.Set}' and {disk.Levels} levels does not fit")
            : null;

    private static ManifestDiskBody ToBody(SnapshotDisk disk) => new()
    {
        Number = disk.Number,
        Set = disk.Set == BlockSet.Boot ? Boot : Data,
        Length = disk.Length,
        SectorSize = disk.SectorSize,
        PhysicalSectorSize = disk.PhysicalSectorSize,
        Id = disk.Id,
        Levels = disk.Levels,
        Root = disk.Root is not { } root ? null : new ManifestRootBody
        {
            Object = Hash(root.Map.Write),
            Node = root.Node,
            Offset = root.Offset,
            Length = root.Length,
            Hash = Hash(root.Hash.Write),
        },
    };

    private static SnapshotDisk FromBody(ManifestDiskBody disk) => new()
    {
        Number = disk.Number,
        Set = string.Equals(disk.Set, Boot, StringComparison.Ordinal) ? BlockSet.Boot : BlockSet.Data,
        Length = disk.Length,
        SectorSize = disk.SectorSize,
        PhysicalSectorSize = disk.PhysicalSectorSize,
        Id = disk.Id,
        Levels = disk.Levels,
        Root = disk.Root is not { } root
            ? null
            : new MapNodeReference(ObjectId.Read(root.Object.AsSpan()), root.Node, root.Offset, root.Length, Digest.Read(root.Hash.AsSpan())),
    };

    private static ManifestReferencesBody ToBody(ReferenceRoot root) => new()
    {
        Object = Hash(root.HolderId.Write),
        Length = root.HolderLength,
        Hash = Hash(root.HolderHash.Write),
        RootOffset = root.Offset,
        RootLength = root.Length,
        RootHash = Hash(root.Hash.Write),
        Level = root.Level,
        Count = root.Count,
    };

    private static ReferenceRoot FromBody(ManifestReferencesBody root) => new(
        ObjectId.Read(root.Object.AsSpan()),
        root.Length,
        Digest.Read(root.Hash.AsSpan()),
        root.RootOffset,
        root.RootLength,
        Digest.Read(root.RootHash.AsSpan()),
        root.Level,
        root.Count);

    private static RecordHash Hash(SpanWrite write)
    {
        Span<byte> bytes = stackalloc byte[RecordHash.Size];
        write(bytes);
        return RecordHash.FromBytes(bytes);
    }

    private delegate void SpanWrite(Span<byte> target);
}
