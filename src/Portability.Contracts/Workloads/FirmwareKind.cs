namespace Portability;

/// <summary>How a machine starts.</summary>
public enum FirmwareKind
{
    /// <summary>BIOS: the boot code of a master boot record.</summary>
    Bios,

    /// <summary>UEFI: an EFI system partition.</summary>
    Uefi,
}
