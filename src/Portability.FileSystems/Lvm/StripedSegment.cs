using Portability.Disks.Blocks;

namespace Portability.FileSystems.Lvm;

/// <summary>A part of a logical volume: stripes on physical volumes, one after the other in turn. One stripe is a linear segment.</summary>
/// <param name="Start">Offset in the logical volume in bytes.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="StripeSize">Bytes of a stripe before the next is used; with one stripe the whole length.</param>
/// <param name="Stripes">Physical volume and offset of each, in bytes.</param>
internal sealed record StripedSegment(long Start, long Length, long StripeSize, IReadOnlyList<(IBlockDevice Device, long Offset)> Stripes)
{
    /// <summary>Offset behind its last byte.</summary>
    public long End => Start + Length;

    /// <summary>Finds where a byte lies, and how many follow it there.</summary>
    /// <param name="offset">Offset in the logical volume, inside the segment.</param>
    public (IBlockDevice Device, long Offset, long Count) Find(long offset)
    {
        long inside = offset - Start;
        long row = inside / StripeSize;
        (IBlockDevice device, long place) = Stripes[(int)(row % Stripes.Count)];
        long inStripe = inside % StripeSize;
        return (device, place + (row / Stripes.Count * StripeSize) + inStripe, Math.Min(StripeSize - inStripe, Length - inside));
    }
}
