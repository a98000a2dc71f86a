namespace Portability;

/// <summary>Bytes on disk or on the wire that do not follow their specification.</summary>
public sealed class InvalidFormatException : PortabilityException
{
    /// <summary>Initialises the error.</summary>
    /// <param name="format">Format's name, such as `VHDX`.</param>
    /// <param name="structure">Structure in the specification's words, such as `region table`.</param>
    /// <param name="offset">Offset of the structure in bytes from the start of the target, or -1 when it has none.</param>
    /// <param name="fact">What is wrong, with numbers; no trailing full stop.</param>
    /// <param name="specification">Specification and section, such as `[MS-VHDX] 2.2.3`.</param>
    /// <param name="targetName">File or object concerned.</param>
    /// <param name="recommendedAction">What to do next; a general advice when omitted.</param>
    /// <param name="innerException">The cause, if any.</param>
    public InvalidFormatException(
        string format,
        string structure,
        long offset,
        string fact,
        string? specification = null,
        string? targetName = null,
        string? recommendedAction = null,
        Exception? innerException = null)
        : base(
            "InvalidFormat",
            ErrorKind.InvalidFormat,
            Describe(format, structure, offset, fact, targetName),
            recommendedAction ?? "Take the file again from its source, or check it with the platform that wrote it.",
            targetName,
            isTransient: false,
            innerException)
    {
        Format = format;
        Structure = structure;
        Offset = offset;
        Specification = specification;
    }

    /// <summary>Format's name.</summary>
    public string Format { get; }

    /// <summary>Structure in the specification's words.</summary>
    public string Structure { get; }

    /// <summary>Offset of the structure in bytes, or -1.</summary>
    public long Offset { get; }

    /// <summary>Specification and section, if known.</summary>
    public string? Specification { get; }

    private static string Describe(string format, string structure, long offset, string fact, string? targetName)
    {
        string place = offset < 0 ? string.Empty : FormattableString.Invariant($" at 0x{offset:X}");
        string target = targetName is null ? string.Empty : $" '{targetName}'";
        return $"Failed to read {format}{target}: {structure}{place}: {fact}.";
    }
}
