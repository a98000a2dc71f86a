namespace Portability.Disks.Formats.Qcow2;

/// <summary>Reads names of other files as QEMU writes them: paths, or addresses of its own that are not followed here.</summary>
internal static class Qcow2BackingName
{
    private const string FilePrefix = "file:";

    /// <summary>Takes the path out of a name.</summary>
    /// <param name="name">Name as stored.</param>
    /// <param name="target">The image that holds it.</param>
    /// <exception cref="UnsupportedFeatureException">The name is not that of a file.</exception>
    /// <exception cref="InvalidFormatException">The name cannot be one.</exception>
    public static string ToPath(string name, string target)
    {
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
        {
            throw Qcow2Errors.Invalid("file name", -1, "the name of another file is empty or holds a NUL", "Header", target);
        }

        if (name.StartsWith(FilePrefix, StringComparison.Ordinal))
        {
            name = name[FilePrefix.Length..];
        }

        int colon = name.IndexOf(':', StringComparison.Ordinal);
        int slash = name.IndexOfAny(['/', '\\']);
        bool isDrive = colon == 1 && char.IsAsciiLetter(name[0]);
        return colon < 0 || isDrive || (slash >= 0 && slash < colon)
            ? name
            : throw Qcow2Errors.Unsupported(
                "Qcow2BackingProtocol",
                target,
                $"its backing file is '{name}', which is not a path but an address of QEMU's",
                $"Flatten it with: qemu-img convert -O qcow2 '{target}' flat.qcow2");
    }

    /// <summary>Name of a format here, from the name that QEMU gives it.</summary>
    /// <param name="format">QEMU's name, or null when it is to be detected.</param>
    /// <param name="target">The image that holds it.</param>
    /// <exception cref="UnsupportedFeatureException">No such format is read.</exception>
    public static string? ToFormat(string? format, string target) => format switch
    {
        null or "" => null,
        "raw" or "file" or "host_device" => "Raw",
        "qcow2" => Qcow2Format.FormatName,
        "vmdk" => "VMDK",
        "vpc" => "VHD",
        "vhdx" => "VHDX",
        _ => throw Qcow2Errors.Unsupported(
            "Qcow2BackingFormat",
            target,
            $"its backing file has the format '{format}'",
            $"Flatten it with: qemu-img convert -O qcow2 '{target}' flat.qcow2"),
    };
}
