using System.Numerics;

namespace Portability.Disks.Formats.Qcow2;

/// <summary>Decides from a header whether an image can be read here, before anything else of it is.</summary>
internal static class Qcow2HeaderChecks
{
    private const int MaximumRefcountOrder = 6;
    private const int MinimumExtendedClusterBits = 14;
    private const string Section = "Header";

    /// <summary>Checks that the numbers of a header make sense.</summary>
    /// <param name="header">The header.</param>
    /// <param name="fileLength">Length of the file in bytes.</param>
    /// <param name="target">The file, for errors.</param>
    /// <exception cref="InvalidFormatException">They do not.</exception>
    public static void Validate(Qcow2Header header, long fileLength, string target)
    {
        string? fact =
            header.ClusterBits is < Qcow2Header.MinimumClusterBits or > Qcow2Header.MaximumClusterBits
                ? $"clusters of 2^{header.ClusterBits} bytes, 2^{Qcow2Header.MinimumClusterBits} to 2^{Qcow2Header.MaximumClusterBits} are defined"
            : header.RefcountOrder > MaximumRefcountOrder ? $"refcounts of 2^{header.RefcountOrder} bits, at most 64 are defined"
            : header.HasExtendedL2 && header.ClusterBits < MinimumExtendedClusterBits
                ? $"extended L2 entries with clusters of 2^{header.ClusterBits} bytes, 2^{MinimumExtendedClusterBits} are needed"
            : header.Version == 3 && (header.HeaderLength < Qcow2Header.Version3Size || header.HeaderLength % 8 != 0 || header.HeaderLength > header.ClusterSize)
                ? $"a header of {header.HeaderLength} bytes"
            : header.Size > long.MaxValue ? $"a size of {header.Size} bytes"
            : CheckBackingName(header, fileLength) ?? CheckL1(header, fileLength);
        if (fact is not null)
        {
            throw Qcow2Errors.Invalid("header", 0, fact, Section, target);
        }
    }

    /// <summary>Refuses what is not handled, and damage that the image's writer noted.</summary>
    /// <param name="header">The header.</param>
    /// <param name="extensions">Its extensions.</param>
    /// <param name="context">Where tolerated damage is reported.</param>
    /// <param name="target">The file, for errors.</param>
    /// <exception cref="UnsupportedFeatureException">A feature is not handled.</exception>
    /// <exception cref="InvalidFormatException">The image is marked as damaged.</exception>
    public static void CheckFeatures(Qcow2Header header, Qcow2HeaderExtensions extensions, DiskOpenContext context, string target)
    {
        ulong unknown = header.IncompatibleFeatures & ~Qcow2Features.KnownIncompatible;
        if (unknown != 0)
        {
            int bit = BitOperations.TrailingZeroCount(unknown);
            string name = extensions.IncompatibleNames.TryGetValue(bit, out string? given) ? $"'{given}' (bit {bit})" : $"bit {bit}";
            throw Qcow2Errors.Unsupported(
                "Qcow2UnknownFeature",
                target,
                $"it needs the incompatible feature {name}, which is not known",
                $"Rewrite it with the program that wrote it, or with a QEMU of its version: qemu-img convert -O qcow2 '{target}' plain.qcow2");
        }

        if (header.CryptMethod != 0)
        {
            string method = header.CryptMethod switch { 1 => "AES", 2 => "LUKS", uint other => $"method {other}" };
            throw Qcow2Errors.Unsupported(
                "Qcow2Encrypted",
                target,
                $"it is encrypted ({method})",
                $"Decrypt it with: qemu-img convert --object secret,id=s,file=<passphrase file> --image-opts driver=qcow2,file.filename='{target}',encrypt.key-secret=s -O qcow2 plain.qcow2");
        }

        if (header.CompressionType != 0 || (header.IncompatibleFeatures & Qcow2Features.CompressionType) != 0)
        {
            string type = header.CompressionType == 1 ? "zstd" : $"type {header.CompressionType}";
            throw Qcow2Errors.Unsupported(
                "Qcow2CompressionType",
                target,
                $"its clusters are compressed with {type}",
                $"Rewrite it with: qemu-img convert -c -O qcow2 -o compression_type=zlib '{target}' zlib.qcow2");
        }

        if ((header.IncompatibleFeatures & Qcow2Features.Corrupt) == 0)
        {
            return;
        }

        const string Fact = "the image is marked as corrupt by the program that wrote it";
        if (!context.Options.DamageTolerance.HasFlag(DamageTolerance.MarkedCorrupt))
        {
            throw new InvalidFormatException(
                Qcow2Format.FormatName,
                "header",
                72,
                Fact,
                "QEMU docs/interop/qcow2, \"Header\"",
                target,
                $"Copy the image, and repair the copy with: qemu-img check -r all copy.qcow2");
        }

        context.ReportDamage(Fact + ".");
    }

    private static string? CheckBackingName(Qcow2Header header, long fileLength) =>
        header.BackingFileOffset == 0
            ? null
            : header.BackingFileSize > Qcow2Header.MaximumBackingNameSize
                || header.BackingFileOffset > (ulong)Math.Min(header.ClusterSize, fileLength)
                || header.BackingFileOffset + header.BackingFileSize > (ulong)Math.Min(header.ClusterSize, fileLength)
            ? $"a backing file name of {header.BackingFileSize} bytes at 0x{header.BackingFileOffset:X}, outside the first cluster"
            : null;

    private static string? CheckL1(Qcow2Header header, long fileLength)
    {
        UInt128 coverage = (UInt128)header.ClusterSize * (uint)header.L2EntryCount;
        UInt128 needed = (header.Size + coverage - 1) / coverage;
        ulong bytes = header.L1Size * 8UL;
        return bytes > Qcow2Header.MaximumL1Bytes ? $"an L1 table of {header.L1Size} entries, at most {Qcow2Header.MaximumL1Bytes / 8} are accepted"
            : needed > header.L1Size ? $"an L1 table of {header.L1Size} entries, {needed} are needed for {header.Size} bytes"
            : header.L1TableOffset % (ulong)header.ClusterSize != 0 || header.L1TableOffset > (ulong)fileLength || bytes > (ulong)fileLength - header.L1TableOffset
            ? $"an L1 table of {bytes} bytes at 0x{header.L1TableOffset:X}, not aligned or outside the file's {fileLength} bytes"
            : null;
    }
}
