namespace Portability.Disks.Formats.Vhd;

/// <summary>Makes the errors of this format.</summary>
internal static class VhdErrors
{
    private const string Specification = "Virtual Hard Disk Image Format Specification";

    /// <summary>Bytes that do not follow the specification.</summary>
    /// <param name="structure">Structure in the specification's words.</param>
    /// <param name="offset">Its offset in the file, in bytes.</param>
    /// <param name="fact">What is wrong.</param>
    /// <param name="path">Path, or null.</param>
    public static InvalidFormatException Invalid(string structure, long offset, string fact, string? path) =>
        new(VhdFormat.FormatName, structure, offset, fact, Specification, path);

    /// <summary>A variant that is not handled.</summary>
    /// <param name="path">Path, or null.</param>
    /// <param name="fact">What it is.</param>
    public static UnsupportedFeatureException Unsupported(string? path, string fact) => new(
        "VhdVariantUnsupported",
        ErrorKind.Unsupported,
        $"Failed to read VHD '{path}': {fact}.",
        "Convert it where it was made, with Convert-VHD or 'qemu-img convert -O vhdx', and use the result.",
        path);
}
