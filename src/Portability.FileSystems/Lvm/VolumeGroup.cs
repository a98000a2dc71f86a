using System.Globalization;
using Portability.Disks.Blocks;

namespace Portability.FileSystems.Lvm;

/// <summary>A volume group, put together from the metadata of its physical volumes.</summary>
/// <remarks>LVM2 text metadata (lvm2 `format_text`). Sectors in it are of 512 bytes.</remarks>
internal static class VolumeGroup
{
    private const int SectorSize = 512;
    private const int MaximumSegments = 1 << 16;

    /// <summary>Reads the logical volumes that people see of the groups of physical volumes.</summary>
    /// <param name="volumes">Physical volumes of a machine; they stay the caller's.</param>
    /// <param name="onDamage">Told what could not be read.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">A device cannot be read.</exception>
    public static async Task<IReadOnlyList<LogicalVolume>> ReadAsync(
        IReadOnlyList<IBlockDevice> volumes, Action<PortabilityException> onDamage, CancellationToken cancellationToken)
    {
        var devices = new Dictionary<string, IBlockDevice>(StringComparer.Ordinal);
        var newest = new Dictionary<string, (long Sequence, string Name, ConfigNode Node)>(StringComparer.Ordinal);
        foreach (IBlockDevice device in volumes)
        {
            try
            {
                byte[] head = new byte[Math.Min(PhysicalVolumeLabel.SearchSize, device.Length)];
                await device.ReadAsync(0, head, cancellationToken).ConfigureAwait(false);
                if (PhysicalVolumeLabel.TryRead(head, device.Name) is not { } label)
                {
                    continue;
                }

                devices[label.Id] = device;
                foreach ((long offset, long _) in label.MetadataAreas)
                {
                    if (await MetadataArea.TryReadAsync(device, offset, cancellationToken).ConfigureAwait(false) is { } text)
                    {
                        Add(newest, text, device.Name);
                    }
                }
            }
            catch (InvalidFormatException exception)
            {
                onDamage(exception); // another copy of the metadata may be whole
            }
        }

        return [.. newest.Values.OrderBy(group => group.Name, StringComparer.Ordinal).SelectMany(group => Volumes(group.Name, group.Node, devices))];
    }

    private static void Add(Dictionary<string, (long Sequence, string Name, ConfigNode Node)> newest, string text, string volume)
    {
        if (ConfigNode.TryParse(text) is not { } root || root.Sections is not [(string name, ConfigNode group), ..] || group.Number("extent_size") <= 0)
        {
            throw LvmErrors.Invalid(volume, "metadata", -1, "it does not follow its syntax");
        }

        string id = group.Text("id");
        if (!newest.TryGetValue(id, out (long Sequence, string, ConfigNode) known) || known.Sequence < group.Number("seqno"))
        {
            newest[id] = (group.Number("seqno"), name, group);
        }
    }

    private static IEnumerable<LogicalVolume> Volumes(string name, ConfigNode group, Dictionary<string, IBlockDevice> devices)
    {
        var physical = new Dictionary<string, (IBlockDevice? Device, long Start, long Count)>(StringComparer.Ordinal);
        foreach ((string key, ConfigNode node) in group.Section("physical_volumes")?.Sections ?? [])
        {
            string id = node.Text("id").Replace("-", string.Empty, StringComparison.Ordinal);
            physical[key] = (devices.GetValueOrDefault(id), node.Number("pe_start"), node.Number("pe_count"));
        }

        foreach ((string volume, ConfigNode node) in group.Section("logical_volumes")?.Sections ?? [])
        {
            if (node.List("status").Contains("VISIBLE", StringComparer.Ordinal))
            {
                yield return Volume(name, volume, node, group.Number("extent_size"), physical);
            }
        }
    }

    private static LogicalVolume Volume(
        string group, string name, ConfigNode node, long extentSectors, Dictionary<string, (IBlockDevice? Device, long Start, long Count)> physical)
    {
        var segments = new List<StripedSegment>();
        string? obstacle = null;
        (IBlockDevice, long)? first = null;
        foreach ((string _, ConfigNode segment) in node.Sections.OrderBy(section => section.Node.Number("start_extent")).Take(MaximumSegments))
        {
            obstacle ??= TryRead(segment, extentSectors, physical, segments.Count == 0 ? 0 : segments[^1].End, segments);
            first ??= segments.Count > 0 ? segments[0].Stripes[0] : null;
        }

        obstacle ??= segments.Count == 0 ? "it has no segments" : null;
        return new LogicalVolume(group, name, obstacle is null ? new LogicalVolumeDevice($"{group}/{name}", segments) : null, first, obstacle);
    }

    /// <summary>Reads a segment.</summary>
    /// <returns>What keeps it from being read, or null.</returns>
    private static string? TryRead(
        ConfigNode segment, long extentSectors, Dictionary<string, (IBlockDevice? Device, long Start, long Count)> physical, long end, List<StripedSegment> segments)
    {
        string type = segment.Text("type");
        if (type is not "striped")
        {
            return $"it has a segment of type {(type.Length == 0 ? "(none)" : type)}, and only linear and striped ones are read";
        }

        long first = segment.Number("start_extent"), count = segment.Number("extent_count"), stripes = segment.Number("stripe_count");
        IReadOnlyList<string> list = segment.List("stripes");
        long most = long.MaxValue / SectorSize / extentSectors / 4; // so that nothing below overflows
        if (count <= 0 || count > most || first < 0 || first > most || first * extentSectors * SectorSize != end || stripes <= 0 || list.Count != stripes * 2 || count % stripes != 0)
        {
            return FormattableString.Invariant($"its segment of {count} extents from {first} in {stripes} stripes does not fit");
        }

        long stripeSectors = stripes == 1 ? count * extentSectors : segment.Number("stripe_size");
        if (stripeSectors <= 0 || stripeSectors > count / stripes * extentSectors)
        {
            return FormattableString.Invariant($"its stripes of {stripeSectors} sectors do not fit");
        }

        var places = new List<(IBlockDevice, long)>();
        for (int stripe = 0; stripe < stripes; stripe++)
        {
            string name = list[stripe * 2];
            if (!physical.TryGetValue(name, out (IBlockDevice? Device, long Start, long Count) volume) || volume.Device is null)
            {
                return $"its physical volume {name} is on none of the disks that are here";
            }

            long sectors = volume.Device.Length / SectorSize, used = count / stripes;
            if (!long.TryParse(list[(stripe * 2) + 1], NumberStyles.None, CultureInfo.InvariantCulture, out long extent)
                || extent > Math.Min(volume.Count, sectors / extentSectors) - used || volume.Start < 0 || volume.Start > sectors - ((extent + used) * extentSectors))
            {
                return $"its segment lies outside of physical volume {name}";
            }

            places.Add((volume.Device, (volume.Start + (extent * extentSectors)) * SectorSize));
        }

        segments.Add(new StripedSegment(end, count * extentSectors * SectorSize, stripeSectors * SectorSize, places));
        return null;
    }
}
