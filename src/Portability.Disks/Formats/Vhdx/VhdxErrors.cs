namespace Portability.Disks.Formats.Vhdx;

/// <summary>Makes the errors of this format.</summary>
internal static class VhdxErrors
{
    /// <summary>Bytes that do not follow the specification.</summary>
    /// <param name="structure">Structure in the specification's words.</param>
    /// <param name="offset">Its offset in the file, in bytes.</param>
    /// <param name="fact">What is wrong.</param>
    /// <param name="section">Section of [MS-VHDX].</param>
    /// <param name="path">Path, or null.</param>
    public static InvalidFormatException Invalid(string structure, long offset, string fact, string section, string? path) =>
        new(VhdxFormat.FormatName, structure, offset, fact, "[MS-VHDX] " + section, path);

    /// <summary>A variant that is not handled.</summary>
    /// <param name="path">Path, or null.</param>
    /// <param name="fact">What it is.</param>
    public static UnsupportedFeatureException Unsupported(string? path, string fact) => new(
        "VhdxVariantUnsupported",
        ErrorKind.Unsupported,
        $"Failed to read VHDX '{path}': {fact}.",
        "Convert it where it was made, with Convert-VHD, and use the result.",
        path);
}
