namespace Portability.Disks.Formats.Vmdk;

/// <summary>Errors of this format, worded the same everywhere.</summary>
internal static class VmdkErrors
{
    /// <summary>Makes the error for bytes that do not follow the format.</summary>
    /// <param name="structure">Structure in the specification's words.</param>
    /// <param name="offset">Offset in the file, in bytes, or -1.</param>
    /// <param name="fact">What is wrong, with numbers.</param>
    /// <param name="target">File concerned.</param>
    /// <param name="innerException">The cause, if any.</param>
    public static InvalidFormatException Invalid(string structure, long offset, string fact, string? target, Exception? innerException = null) => new(
        VmdkFormat.FormatName,
        structure,
        offset,
        fact,
        "VMware Virtual Disk Format 5.0",
        target,
        "Check the disk with vmware-vdiskmanager -R or vmkfstools -x check, or take it again from its source.",
        innerException);

    /// <summary>Makes the error for a feature that is known but not handled.</summary>
    /// <param name="errorId">Stable identifier.</param>
    /// <param name="target">File concerned.</param>
    /// <param name="feature">The feature, as the fact of the message.</param>
    /// <param name="command">What to type to get an image that is handled.</param>
    public static UnsupportedFeatureException Unsupported(string errorId, string target, string feature, string command) => new(
        errorId,
        ErrorKind.Unsupported,
        $"Failed to open '{target}': {feature}.",
        command,
        target);
}
