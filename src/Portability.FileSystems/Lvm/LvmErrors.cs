namespace Portability.FileSystems.Lvm;

/// <summary>Errors of LVM2 metadata.</summary>
internal static class LvmErrors
{
    /// <summary>A structure that breaks the format.</summary>
    public static InvalidFormatException Invalid(string volume, string structure, long offset, string fact) =>
        new("LVM2", structure, offset, fact, "LVM2 on-disk format", volume, "Run vgck on the machine it comes from and capture it again, or take an earlier snapshot.");
}
