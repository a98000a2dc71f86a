using System.Buffers.Binary;

namespace Portability.Disks.Formats.Vmdk;

/// <summary>Refuses what is known by name but not read here, with what to type instead.</summary>
internal static class VmdkFeatureChecks
{
    private const uint CowdMagic = 0x44574F43;
    private const ulong SeSparseMagic = 0xCAFEBABE;

    /// <summary>True if a file is an extent of ESXi that is known but not read.</summary>
    /// <param name="head">First bytes of the file.</param>
    public static bool IsForeignExtent(ReadOnlySpan<byte> head) =>
        head.Length >= 8
        && (BinaryPrimitives.ReadUInt32LittleEndian(head) == CowdMagic || BinaryPrimitives.ReadUInt64LittleEndian(head) == SeSparseMagic);

    /// <summary>Refuses an extent of ESXi that is opened by itself.</summary>
    /// <param name="head">First bytes of the file.</param>
    /// <param name="target">The file.</param>
    /// <exception cref="UnsupportedFeatureException">It is one.</exception>
    public static void CheckFile(ReadOnlySpan<byte> head, string target)
    {
        if (IsForeignExtent(head))
        {
            throw BinaryPrimitives.ReadUInt32LittleEndian(head) == CowdMagic ? VmfsSparse(target) : SeSparse(target);
        }
    }

    /// <summary>Refuses an encrypted disk.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="target">The file.</param>
    /// <exception cref="UnsupportedFeatureException">It is encrypted.</exception>
    public static void CheckDescriptor(VmdkDescriptor descriptor, string target)
    {
        if (descriptor.IsEncrypted)
        {
            throw VmdkErrors.Unsupported(
                "VmdkEncrypted", target, "the disk is encrypted", "Decrypt the machine in VMware (Remove Encryption, or another storage policy), then open the disk again.");
        }
    }

    /// <summary>Refuses an extent of a type that is not read, or whose file lies elsewhere.</summary>
    /// <param name="line">The extent.</param>
    /// <param name="target">The file.</param>
    /// <exception cref="UnsupportedFeatureException">It is not handled.</exception>
    /// <exception cref="InvalidFormatException">It is not known or names no file.</exception>
    public static void CheckExtent(VmdkExtentLine line, string target)
    {
        switch (line.Type)
        {
            case "ZERO":
                return;
            case "VMFSSPARSE":
                throw VmfsSparse(target);
            case "SESPARSE":
                throw SeSparse(target);
            case "VMFSRDM" or "VMFSRAW":
                throw VmdkErrors.Unsupported(
                    "VmdkRawDevice", target, $"it maps a raw device ({line.Type})", $"Copy it to a virtual disk on the host: vmkfstools -i '{target}' -d thin copy.vmdk");
            case "FLAT" or "VMFS" or "SPARSE":
                break;
            default:
                throw VmdkErrors.Invalid("descriptor", -1, $"the extent type '{line.Type}' is not known", target);
        }

        if (line.Access is "NOACCESS" || line.File.Length == 0 || line.File.Contains('\0', StringComparison.Ordinal))
        {
            throw VmdkErrors.Invalid("descriptor", -1, $"the {line.Type} extent names no file that may be read", target);
        }

        // A descriptor is text that anyone can write: it must not reach for files of the machine that opens it.
        if (line.File.StartsWith('/') || line.File.StartsWith('\\') || line.File.Contains(':', StringComparison.Ordinal)
            || line.File.Split('/', '\\').Contains("..", StringComparer.Ordinal))
        {
            throw VmdkErrors.Unsupported(
                "VmdkExtentElsewhere",
                target,
                $"its extent '{line.File}' lies outside the descriptor's folder",
                "Put the extent file beside the descriptor and name it in the descriptor without a folder.");
        }
    }

    private static UnsupportedFeatureException VmfsSparse(string target) => VmdkErrors.Unsupported(
        "VmdkVmfsSparse",
        target,
        "it is a snapshot of ESXi (vmfsSparse, COWD)",
        "Consolidate the machine's snapshots, or copy the disk on the host: vmkfstools -i <disk>.vmdk -d thin copy.vmdk");

    private static UnsupportedFeatureException SeSparse(string target) => VmdkErrors.Unsupported(
        "VmdkSeSparse",
        target,
        "it is a space-efficient sparse disk of ESXi (seSparse)",
        "Consolidate the machine's snapshots, or copy the disk on the host: vmkfstools -i <disk>.vmdk -d thin copy.vmdk");
}
