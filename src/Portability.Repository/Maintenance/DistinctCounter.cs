using System.Numerics;
using Portability.Repository.Objects;

namespace Portability.Repository.Maintenance;

/// <summary>Estimates how many different blocks it was told of, in two bits of memory for each that is expected, and at least 128 bytes.</summary>
/// <remarks>Linear counting: Whang, Vander-Zanden and Taylor, 1990. Within some percent; 0 is exact.</remarks>
internal sealed class DistinctCounter
{
    private const int WordBits = 64, LeastWords = 16;

    private readonly ulong[] bits;

    /// <summary>Initialises a counter.</summary>
    /// <param name="expected">Most different blocks there may be.</param>
    public DistinctCounter(long expected) => bits = new ulong[checked((int)Math.Max(LeastWords, expected * 2 / WordBits))];

    /// <summary>Tells it of a block. Content ids are keyed hashes: their bytes need no mixing.</summary>
    public void Add(BlockId id)
    {
        uint bit = (uint)id.GetHashCode() % (uint)(bits.Length * WordBits);
        bits[bit / WordBits] |= 1UL << (int)(bit % WordBits);
    }

    /// <summary>The estimate.</summary>
    public double Count()
    {
        double all = bits.Length * (double)WordBits;
        double empty = all - bits.Sum(word => (double)BitOperations.PopCount(word));
        return empty > 0 ? all * Math.Log(all / empty) : all;
    }
}
