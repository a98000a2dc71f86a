using System.Runtime.InteropServices;

namespace Portability.Core.Native;

/// <summary>Memory whose address is a multiple of what writes past the page cache need.</summary>
public static class AlignedMemory
{
    /// <summary>The alignment in bytes: a multiple of every disk's sector.</summary>
    public const int Alignment = 4096;

    /// <summary>Allocates memory that does not move.</summary>
    /// <param name="length">Bytes, unspecified.</param>
    public static Memory<byte> Allocate(int length)
    {
        byte[] array = GC.AllocateUninitializedArray<byte>(length + Alignment - 1, pinned: true);
        nint address = Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
        return array.AsMemory((int)(-address & (Alignment - 1)), length);
    }

    /// <summary>Tells whether an offset, a length and an address all are multiples of the alignment.</summary>
    /// <param name="offset">Offset in a file, in bytes.</param>
    /// <param name="bytes">The bytes there.</param>
    public static unsafe bool IsAligned(long offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* address = bytes)
        {
            return ((offset | (uint)bytes.Length | (nint)address) & (Alignment - 1)) == 0;
        }
    }
}
