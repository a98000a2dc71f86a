namespace Portability.FileSystems.Ext;

/// <summary>Errors of ext volumes.</summary>
internal static class ExtErrors
{
    /// <summary>Name of the format in errors.</summary>
    public const string Format = "ext";

    private const string Advice = "Run e2fsck on the machine it comes from and capture it again, or take an earlier snapshot.";

    /// <summary>A structure that breaks the format.</summary>
    public static InvalidFormatException Invalid(string volume, string structure, long offset, string fact) =>
        new(Format, structure, offset, fact, "ext4 data structures", volume, Advice);

    /// <summary>A checksum that does not fit.</summary>
    public static InvalidFormatException Checksum(string volume, string structure, long offset, uint stored, uint computed) =>
        Invalid(volume, structure, offset, FormattableString.Invariant($"its checksum is 0x{stored:X8} and should be 0x{computed:X8}"));
}
