using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Disks.Formats.Qcow2;
using Portability.Disks.Partitions;

namespace Portability.Engine.Disks;

/// <summary>Tells what a disk image or device is, without reading its contents.</summary>
public static class DiskInspection
{
    /// <summary>Describes an image or a block device. Costs its metadata and a few sectors, not its size.</summary>
    /// <param name="path">Path of the file or device.</param>
    /// <param name="options">How to open it.</param>
    /// <param name="observer">Where tolerated damage is reported.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Format, sizes, sectors, partitions, holes and identity.</returns>
    /// <exception cref="PortabilityException">It cannot be read, is in use, damaged or not handled.</exception>
    public static async Task<WorkloadDisk> DescribeAsync(
        string path, DiskInspectionOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        var open = new DiskOpenOptions
        {
            Format = options.Format?.ToString(),
            ParentPaths = options.ParentPaths,
            AllowInUse = options.AllowInUse,
            Observer = observer,
        };
        IDiskImage image = await DiskFormatRegistry.CreateDefault().OpenAsync(path, open, cancellationToken).ConfigureAwait(false);
        await using (image.ConfigureAwait(false))
        {
            if (options.ParentPaths.Count > 0 && image.Parent is null)
            {
                observer.OnWarning($"'{string.Join("', '", options.ParentPaths)}' is not looked at for parents: '{path}' has none.");
            }

            return await DescribeAsync(image, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<WorkloadDisk> DescribeAsync(IDiskImage image, CancellationToken cancellationToken)
    {
        long holes = 0;
        await foreach (BlockExtent extent in image.QueryExtentsAsync(0, image.Length, cancellationToken).ConfigureAwait(false))
        {
            holes += extent.IsZero ? extent.Length : 0;
        }

        PartitionTable? table = null;
        List<string> findings = [.. image.ToleratedDamage];
        if (image is IQcow2Image { InternalSnapshotCount: > 0 and long snapshots })
        {
            findings.Add(FormattableString.Invariant($"The image holds {snapshots} internal snapshots; its active state is what is read."));
        }

        try
        {
            table = await PartitionTable.ReadAsync(image, cancellationToken).ConfigureAwait(false);
            findings.AddRange(table.Findings.Select(finding => finding.Text + "."));
        }
        catch (InvalidFormatException error)
        {
            // A disk whose table is damaged is still a disk: the rest of the description stands, and this says why there are no partitions.
            findings.Add(error.Message);
        }

        string[] chain = [.. Parents(image)];
        return new WorkloadDisk
        {
            Path = image.Path ?? image.Name,
            Role = table?.Role ?? DiskRole.Data,
            Format = Enum.TryParse(image.FormatName, ignoreCase: true, out ImageFormat format) ? format.ToString() : image.FormatName,
            SubFormat = image.SubFormat,
            Length = image.Length,
            FileLength = image.FileLength,
            AllocatedBytes = image.Length - holes,
            HoleBytes = holes,
            LogicalSectorSize = image.LogicalSectorSize,
            PhysicalSectorSize = image.PhysicalSectorSize,
            PartitionStyle = table?.Style ?? PartitionStyle.None,
            DiskId = table?.DiskId ?? string.Empty,
            ImageId = image.Identity.DiskId?.ToString("D") ?? string.Empty,
            Partitions = [.. table?.Partitions.Select(partition => partition.ToWorkloadPartition()) ?? []],
            ParentPath = chain.FirstOrDefault() ?? image.ParentLocator ?? string.Empty,
            ParentChain = chain,
            Findings = [.. findings],
        };
    }

    private static IEnumerable<string> Parents(IDiskImage image)
    {
        for (IDiskImage? parent = image.Parent; parent is not null; parent = parent.Parent)
        {
            yield return parent.Path ?? parent.Name;
        }
    }
}
