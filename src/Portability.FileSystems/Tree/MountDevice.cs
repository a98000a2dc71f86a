using Portability.FileSystems.Volumes;

namespace Portability.FileSystems.Tree;

/// <summary>Finds the volume that a table of mounts names.</summary>
/// <remarks>fstab(5); udev's /dev/disk/by-*. Disks named by letters are taken in the order of the machine's disks: `sda` is the first.</remarks>
internal static class MountDevice
{
    private static readonly string[] LetterPrefixes = ["sd", "vd", "xvd", "hd"];

    /// <summary>Finds the volume.</summary>
    /// <param name="device">First field of an entry.</param>
    /// <param name="volumes">Volumes of the machine.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Null if none is meant.</returns>
    public static async Task<FoundVolume?> FindAsync(string device, IReadOnlyList<FoundVolume> volumes, CancellationToken cancellationToken)
    {
        (string kind, string value) = Parse(device);
        foreach (FoundVolume volume in volumes)
        {
            bool isMeant = kind switch
            {
                "PARTUUID" => Same(volume.PartitionId, value),
                "PARTLABEL" => string.Equals(volume.PartitionName, value, StringComparison.Ordinal),
                "UUID" => Same(await IdAsync(volume, cancellationToken).ConfigureAwait(false), value),
                "LABEL" => string.Equals(await LabelAsync(volume, cancellationToken).ConfigureAwait(false), value, StringComparison.Ordinal),
                "NAME" => IsNamed(volume, value),
                _ => false,
            };
            if (isMeant)
            {
                return volume;
            }
        }

        return null;
    }

    private static (string Kind, string Value) Parse(string device)
    {
        int equals = device.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0)
        {
            return (device[..equals].ToUpperInvariant(), device[(equals + 1)..].Trim('"', '\''));
        }

        const string By = "/dev/disk/by-", Devices = "/dev/";
        if (device.StartsWith(By, StringComparison.Ordinal) && device.IndexOf('/', By.Length) is > 0 and var slash)
        {
            return (device[By.Length..slash].ToUpperInvariant(), device[(slash + 1)..]);
        }

        return device.StartsWith(Devices, StringComparison.Ordinal) ? ("NAME", device[Devices.Length..]) : (string.Empty, string.Empty);
    }

    private static bool Same(string id, string value) => id.Length > 0 && string.Equals(id, value, StringComparison.OrdinalIgnoreCase);

    private static async ValueTask<string> IdAsync(FoundVolume volume, CancellationToken cancellationToken) =>
        volume.IsReadable ? (await TryInformationAsync(volume, cancellationToken).ConfigureAwait(false))?.Id ?? string.Empty : volume.Identity?.Id ?? string.Empty;

    private static async ValueTask<string> LabelAsync(FoundVolume volume, CancellationToken cancellationToken) =>
        volume.IsReadable ? (await TryInformationAsync(volume, cancellationToken).ConfigureAwait(false))?.Label ?? string.Empty : volume.Identity?.Label ?? string.Empty;

    // A volume that cannot be opened is told by whoever lists the volumes; it is mounted nowhere.
    private static async ValueTask<FileSystemInformation?> TryInformationAsync(FoundVolume volume, CancellationToken cancellationToken)
    {
        try
        {
            return (await volume.OpenAsync(cancellationToken).ConfigureAwait(false)).Information;
        }
        catch (PortabilityException)
        {
            return null;
        }
    }

    private static bool IsNamed(FoundVolume volume, string name)
    {
        if (volume.LogicalName.Length > 0)
        {
            // The device mapper doubles dashes, so that the one between group and volume is told apart.
            string[] parts = volume.LogicalName.Split('/');
            string mapped = "mapper/" + string.Join('-', parts.Select(part => part.Replace("-", "--", StringComparison.Ordinal)));
            return string.Equals(name, volume.LogicalName, StringComparison.Ordinal) || string.Equals(name, mapped, StringComparison.Ordinal);
        }

        string suffix = volume.Number == 0 ? string.Empty : FormattableString.Invariant($"{volume.Number}");
        string suffixAfterDigit = suffix.Length == 0 ? string.Empty : "p" + suffix;
        return (volume.Disk < 26 && LetterPrefixes.Any(prefix => string.Equals(name, prefix + (char)('a' + volume.Disk) + suffix, StringComparison.Ordinal)))
            || string.Equals(name, FormattableString.Invariant($"nvme{volume.Disk}n1{suffixAfterDigit}"), StringComparison.Ordinal)
            || string.Equals(name, FormattableString.Invariant($"mmcblk{volume.Disk}{suffixAfterDigit}"), StringComparison.Ordinal);
    }
}
