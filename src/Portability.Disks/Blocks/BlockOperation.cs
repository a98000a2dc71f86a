namespace Portability.Disks.Blocks;

/// <summary>One call on a block device.</summary>
/// <param name="Index">Number of the call since the device was made, from 0.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Offset">Offset in bytes; 0 for those without.</param>
/// <param name="Length">Length in bytes; for <see cref="BlockOperationKind.SetLength"/> the new length.</param>
public readonly record struct BlockOperation(long Index, BlockOperationKind Kind, long Offset, long Length);
