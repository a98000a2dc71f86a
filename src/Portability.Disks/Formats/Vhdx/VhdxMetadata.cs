using System.Numerics;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>What the metadata of a VHDX says of the disk. [MS-VHDX] 2.6.2.</summary>
internal sealed record VhdxMetadata
{
    /// <summary>Size of the file parameters in bytes: block size, then flags.</summary>
    public const int FileParametersSize = 8;

    /// <summary>Flags of the file parameters.</summary>
    public const uint LeaveBlocksAllocatedFlag = 1, HasParentFlag = 2;

    /// <summary>Unit of allocation in bytes.</summary>
    public required uint BlockSize { get; init; }

    /// <summary>True for a fixed disk: every block is stored and stays so.</summary>
    public required bool LeaveBlocksAllocated { get; init; }

    /// <summary>True for a differencing disk.</summary>
    public required bool HasParent { get; init; }

    /// <summary>Size of the disk in bytes.</summary>
    public required ulong Length { get; init; }

    /// <summary>Id of the disk that its guest may see (SCSI page 83).</summary>
    public required Guid DiskId { get; init; }

    /// <summary>Sector size that the disk shows its guest, in bytes.</summary>
    public required uint LogicalSectorSize { get; init; }

    /// <summary>Sector size of the medium that the disk reports, in bytes.</summary>
    public required uint PhysicalSectorSize { get; init; }

    /// <summary>Where the parent is; null when there is none.</summary>
    public VhdxParentLocator? ParentLocator { get; init; }

    /// <summary>Refuses metadata that makes no sense.</summary>
    /// <param name="offset">Offset of the metadata region in the file, in bytes.</param>
    /// <param name="path">Path for the error.</param>
    /// <exception cref="InvalidFormatException">A value is wrong.</exception>
    public void Validate(long offset, string? path)
    {
        if (!BitOperations.IsPow2(BlockSize) || BlockSize is < VhdxLayout.MinimumBlockSize or > VhdxLayout.MaximumBlockSize)
        {
            throw VhdxErrors.Invalid("file parameters", offset, FormattableString.Invariant($"the block size of {BlockSize} bytes is not a power of two from 1 to 256 MiB"), "2.6.2.1", path);
        }

        if (LogicalSectorSize is not (512 or 4096))
        {
            throw VhdxErrors.Invalid("logical sector size", offset, FormattableString.Invariant($"{LogicalSectorSize} bytes are neither 512 nor 4096"), "2.6.2.4", path);
        }

        if (PhysicalSectorSize is not (512 or 4096))
        {
            throw VhdxErrors.Invalid("physical sector size", offset, FormattableString.Invariant($"{PhysicalSectorSize} bytes are neither 512 nor 4096"), "2.6.2.5", path);
        }

        if (Length == 0 || Length > (ulong)VhdxLayout.MaximumLength || Length % LogicalSectorSize != 0)
        {
            throw VhdxErrors.Invalid(
                "virtual disk size", offset, FormattableString.Invariant($"{Length} bytes are not a multiple of {LogicalSectorSize} up to {VhdxLayout.MaximumLength}"), "2.6.2.2", path);
        }
    }
}
