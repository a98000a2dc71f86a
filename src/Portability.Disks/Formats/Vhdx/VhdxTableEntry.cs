namespace Portability.Disks.Formats.Vhdx;

/// <summary>Entry of the block allocation table: bits 0 to 2 are the state, bits 20 to 63 the file offset in MiB.</summary>
/// <remarks>[MS-VHDX] 2.5.1.</remarks>
/// <param name="Value">The entry's 64 bits.</param>
internal readonly record struct VhdxTableEntry(ulong Value)
{
    private const ulong StateMask = 7;
    private const ulong OffsetMask = ~((1ul << 20) - 1);

    /// <summary>Initialises an entry.</summary>
    /// <param name="state">State of the block.</param>
    /// <param name="fileOffset">Offset in the file in bytes, a multiple of 1 MiB.</param>
    public VhdxTableEntry(VhdxBlockState state, long fileOffset)
        : this((ulong)fileOffset | (ulong)state)
    {
    }

    /// <summary>State of the block.</summary>
    public VhdxBlockState State => (VhdxBlockState)(Value & StateMask);

    /// <summary>Offset of the block in the file, in bytes; the bits are the offset in MiB times 1 MiB already.</summary>
    public ulong FileOffset => Value & OffsetMask;

    /// <summary>True if the block is stored, whole or in part.</summary>
    public bool IsStored => State is VhdxBlockState.FullyPresent or VhdxBlockState.PartiallyPresent;
}
