namespace Portability.Disks.Formats;

/// <summary>Checks that all formats make before they create an image.</summary>
internal static class DiskCreation
{
    /// <summary>Finds the wanted subformat.</summary>
    /// <param name="format">The format.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="path">Path for the error.</param>
    /// <returns>The name as the format spells it.</returns>
    /// <exception cref="UnsupportedFeatureException">The format does not make it.</exception>
    public static string ChooseSubFormat(IDiskFormat format, DiskCreateOptions options, string path)
    {
        if (format.CreatableSubFormats.Count == 0)
        {
            throw Refuse(format, path, "the format is only read", "Choose -Format VHDX, VHD, QCOW2 or Raw.");
        }

        return options.SubFormat is null
            ? format.CreatableSubFormats[0]
            : format.CreatableSubFormats.FirstOrDefault(name => string.Equals(name, options.SubFormat, StringComparison.OrdinalIgnoreCase))
              ?? throw Refuse(
                  format, path, $"it is not made as '{options.SubFormat}'", $"Set -SubFormat to {string.Join(" or ", format.CreatableSubFormats)}.");
    }

    /// <summary>Checks the size, and rounds it up to whole sectors: the bytes behind the wanted size read as zeros.</summary>
    /// <param name="format">The format.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="maximum">Largest disk the format holds, in bytes.</param>
    /// <param name="path">Path for the error.</param>
    /// <returns>Size in bytes.</returns>
    /// <exception cref="UnsupportedFeatureException">The format does not hold it.</exception>
    public static long CheckLength(IDiskFormat format, DiskCreateOptions options, long maximum, string path)
    {
        if (options.LogicalSectorSize is not (512 or 4096))
        {
            throw Refuse(format, path, FormattableString.Invariant($"sectors of {options.LogicalSectorSize} bytes are not handled"), "Set the sector size to 512 or 4096.");
        }

        if (options.Length <= 0 || options.Length > maximum)
        {
            throw Refuse(
                format,
                path,
                FormattableString.Invariant($"a disk of {options.Length} bytes does not fit, 1 to {maximum} bytes do"),
                "Choose another -Format: VHDX holds 64 TiB, Raw whatever the file system holds.");
        }

        return (options.Length + options.LogicalSectorSize - 1) / options.LogicalSectorSize * options.LogicalSectorSize;
    }

    /// <summary>Makes the error for an image that the format cannot be.</summary>
    /// <param name="format">The format.</param>
    /// <param name="path">Path of the image.</param>
    /// <param name="fact">Why.</param>
    /// <param name="advice">What to do instead.</param>
    public static UnsupportedFeatureException Refuse(IDiskFormat format, string path, string fact, string advice) =>
        new("DiskNotRepresentable", ErrorKind.Unsupported, $"Failed to create {format.Name} '{path}': {fact}.", advice, path);
}
