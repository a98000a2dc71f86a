using System.Globalization;

namespace Portability.Disks.Partitions;

/// <summary>Type identifiers of master boot record partitions that matter here, and what they are called.</summary>
internal static class MbrPartitionTypes
{
    /// <summary>Extended, by cylinders.</summary>
    public const byte Extended = 0x05;

    /// <summary>Extended, by sector numbers.</summary>
    public const byte ExtendedLba = 0x0F;

    /// <summary>PowerPC boot partition.</summary>
    public const byte PrepBoot = 0x41;

    /// <summary>Extended, as Linux marks it to hide it from DOS.</summary>
    public const byte LinuxExtended = 0x85;

    /// <summary>Protects a GUID partition table.</summary>
    public const byte GptProtective = 0xEE;

    /// <summary>EFI system partition.</summary>
    public const byte EfiSystem = 0xEF;

    /// <summary>Name of a type, or its identifier in hex.</summary>
    /// <param name="type">Type identifier.</param>
    public static string NameOf(byte type) => type switch
    {
        0x01 => "FAT12",
        0x04 => "FAT16 below 32 MiB",
        Extended => "Extended",
        0x06 => "FAT16",
        0x07 => "NTFS, exFAT or HPFS",
        0x0B => "FAT32",
        0x0C => "FAT32 (LBA)",
        0x0E => "FAT16 (LBA)",
        ExtendedLba => "Extended (LBA)",
        0x11 => "Hidden FAT12",
        0x12 => "Manufacturer's recovery",
        0x14 => "Hidden FAT16 below 32 MiB",
        0x16 => "Hidden FAT16",
        0x17 => "Hidden NTFS",
        0x1B => "Hidden FAT32",
        0x1C => "Hidden FAT32 (LBA)",
        0x1E => "Hidden FAT16 (LBA)",
        0x27 => "Windows recovery",
        PrepBoot => "PReP boot",
        0x42 => "Windows dynamic disk",
        0x82 => "Linux swap",
        0x83 => "Linux",
        LinuxExtended => "Linux extended",
        0x88 => "Linux plain text",
        0x8E => "Linux LVM",
        0xA5 => "FreeBSD",
        0xA6 => "OpenBSD",
        0xA8 => "Darwin UFS",
        0xA9 => "NetBSD",
        0xAB => "Darwin boot",
        0xAF => "HFS or HFS+",
        0xBE => "Solaris boot",
        0xBF => "Solaris",
        0xDE => "Dell utility",
        0xEA => "Linux extended boot loader",
        GptProtective => "GPT protective",
        EfiSystem => "EFI system",
        0xFB => "VMware VMFS",
        0xFC => "VMware VMKCORE",
        0xFD => "Linux RAID",
        _ => "0x" + type.ToString("X2", CultureInfo.InvariantCulture),
    };
}
