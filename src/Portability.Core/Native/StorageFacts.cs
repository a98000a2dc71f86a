namespace Portability.Core.Native;

/// <summary>What the operating system says of an open file or block device.</summary>
/// <param name="IsBlockDevice">True for a block device, false for a regular file.</param>
/// <param name="Length">Size in bytes.</param>
/// <param name="LogicalSectorSize">Unit of addressing in bytes; 512 for files.</param>
/// <param name="PhysicalSectorSize">Unit that the medium writes at once, in bytes; 512 for files.</param>
/// <param name="AllocatedBytes">Bytes the file takes on its file system, or <paramref name="Length"/> where that is not known.</param>
/// <param name="Alignment">Unit in bytes that offsets and lengths of reads and writes must be multiples of; 1 for files.</param>
public readonly record struct StorageFacts(
    bool IsBlockDevice, long Length, int LogicalSectorSize, int PhysicalSectorSize, long AllocatedBytes, int Alignment);
