using System.Numerics;

namespace Portability.FileSystems.Ext;

/// <summary>Hashes of names by which directories are indexed. Pure functions.</summary>
/// <remarks>ext4 data structures, "Hash Tree Directories": legacy, half of MD4, TEA; each over signed or unsigned characters.</remarks>
internal static class ExtNameHash
{
    /// <summary>Number of the newest hash that is known: TEA.</summary>
    public const byte MaximumVersion = 2;

    private const byte Legacy = 0, HalfMd4 = 1;
    private const uint EndOfDirectory = 0xFFFFFFFE;
    private const uint Md4Second = 0x5A827999, Md4Third = 0x6ED9EBA1, TeaDelta = 0x9E3779B9;

    private static readonly uint[] Md4Start = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476];

    /// <summary>Computes the hash of a name; its lowest bit is zero.</summary>
    /// <param name="version">0 legacy, 1 half of MD4, 2 TEA.</param>
    /// <param name="isUnsigned">True if characters are unsigned.</param>
    /// <param name="seed">Four numbers of the superblock; all zeros stand for those of MD4.</param>
    /// <param name="name">The name.</param>
    public static uint Compute(byte version, bool isUnsigned, ReadOnlySpan<uint> seed, ReadOnlySpan<byte> name)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(version, MaximumVersion);
        Span<uint> state = stackalloc uint[4];
        (seed.ContainsAnyExcept(0U) ? seed : Md4Start).CopyTo(state);
        uint hash = version switch
        {
            Legacy => ComputeLegacy(isUnsigned, name),
            HalfMd4 => ComputeHalfMd4(isUnsigned, state, name),
            _ => ComputeTea(isUnsigned, state, name),
        };
        hash &= ~1U;
        return hash == EndOfDirectory ? EndOfDirectory - 2 : hash;
    }

    private static uint ComputeLegacy(bool isUnsigned, ReadOnlySpan<byte> name)
    {
        uint before = 0x37ABE8F9, hash = 0x12A3FE2D;
        foreach (byte value in name)
        {
            uint next = unchecked(before + (hash ^ (Character(value, isUnsigned) * 7152373)));
            next -= (next & 0x80000000) != 0 ? 0x7FFFFFFFU : 0;
            (before, hash) = (hash, next);
        }

        return hash << 1;
    }

    private static uint ComputeHalfMd4(bool isUnsigned, Span<uint> state, ReadOnlySpan<byte> name)
    {
        Span<uint> input = stackalloc uint[8];
        for (; name.Length > 0; name = name[Math.Min(name.Length, 32)..])
        {
            Fill(input, isUnsigned, name);
            MixHalfMd4(state, input);
        }

        return state[1];
    }

    private static uint ComputeTea(bool isUnsigned, Span<uint> state, ReadOnlySpan<byte> name)
    {
        Span<uint> input = stackalloc uint[4];
        for (; name.Length > 0; name = name[Math.Min(name.Length, 16)..])
        {
            Fill(input, isUnsigned, name);
            MixTea(state, input);
        }

        return state[0];
    }

    // Four characters a number, the first one highest; the rest is filled with the length that is left.
    private static void Fill(Span<uint> input, bool isUnsigned, ReadOnlySpan<byte> name)
    {
        uint filler = (uint)name.Length | ((uint)name.Length << 8);
        filler |= filler << 16;
        for (int index = 0; index < input.Length; index++)
        {
            uint value = filler;
            for (int at = index * 4; at < Math.Min(name.Length, (index + 1) * 4); at++)
            {
                value = unchecked(Character(name[at], isUnsigned) + (value << 8));
            }

            input[index] = value;
        }
    }

    private static void MixHalfMd4(Span<uint> state, ReadOnlySpan<uint> x)
    {
        ReadOnlySpan<int> first = [0, 1, 2, 3, 4, 5, 6, 7], second = [1, 3, 5, 7, 0, 2, 4, 6], third = [3, 7, 2, 6, 1, 5, 0, 4];
        ReadOnlySpan<int> firstTurns = [3, 7, 11, 19], secondTurns = [3, 5, 9, 13], thirdTurns = [3, 9, 11, 15];
        (uint a, uint b, uint c, uint d) = (state[0], state[1], state[2], state[3]);
        unchecked
        {
            for (int step = 0; step < 8; step++)
            {
                uint sum = BitOperations.RotateLeft(a + (d ^ (b & (c ^ d))) + x[first[step]], firstTurns[step & 3]);
                (a, b, c, d) = (d, sum, b, c);
            }

            for (int step = 0; step < 8; step++)
            {
                uint sum = BitOperations.RotateLeft(a + ((b & c) + ((b ^ c) & d)) + x[second[step]] + Md4Second, secondTurns[step & 3]);
                (a, b, c, d) = (d, sum, b, c);
            }

            for (int step = 0; step < 8; step++)
            {
                uint sum = BitOperations.RotateLeft(a + (b ^ c ^ d) + x[third[step]] + Md4Third, thirdTurns[step & 3]);
                (a, b, c, d) = (d, sum, b, c);
            }

            state[0] += a;
            state[1] += b;
            state[2] += c;
            state[3] += d;
        }
    }

    private static void MixTea(Span<uint> state, ReadOnlySpan<uint> key)
    {
        unchecked
        {
            (uint a, uint b, uint sum) = (state[0], state[1], 0);
            for (int round = 0; round < 16; round++)
            {
                sum += TeaDelta;
                a += ((b << 4) + key[0]) ^ (b + sum) ^ ((b >> 5) + key[1]);
                b += ((a << 4) + key[2]) ^ (a + sum) ^ ((a >> 5) + key[3]);
            }

            state[0] += a;
            state[1] += b;
        }
    }

    private static uint Character(byte value, bool isUnsigned) => isUnsigned ? value : unchecked((uint)(sbyte)value);
}
