using Portability.Core.Crypto;

namespace Portability.Repository.Tests;

/// <summary>Damages bytes in the ways that find parser faults: flips, edges of numbers, cuts, doubled and exchanged pieces, other JSON tokens.</summary>
internal sealed class Mutation(ulong seed)
{
    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "null", "true", "0", "-1", "1e999", "9223372036854775807", "18446744073709551616", "4294967295", "\"\"", "[]", "{}", "[null]", "[[[[[[[[[[[[[[[[[",
            "\"\\ud800\"", "\"\\u0000\"", ",", ":", "\"", "{\"a\":", "null,", ",null", "[null,", "{},",
        }.Select(global::System.Text.Encoding.UTF8.GetBytes),
    ];

    private readonly SeededRandomSource random = new(seed);

    /// <summary>A damaged copy; sometimes damaged more than once.</summary>
    public byte[] Apply(byte[] source)
    {
        byte[] result = source;
        int rounds = 1 + random.NextInt32(4);
        for (int round = 0; round < rounds; round++)
        {
            result = Once(result);
        }

        return result;
    }

    private byte[] Once(byte[] source)
    {
        if (source.Length == 0)
        {
            return [(byte)random.NextInt32(256)];
        }

        int at = random.NextInt32(source.Length);
        int length = Math.Min(1 + random.NextInt32(16), source.Length - at);
        switch (random.NextInt32(9))
        {
            case 0:
                return Changed(source, at, value => (byte)(value ^ (1 << random.NextInt32(8))));
            case 1:
                return Changed(source, at, _ => (byte)random.NextInt32(256));
            case 2:
                return Changed(source, at, _ => random.NextInt32(2) == 0 ? (byte)0 : (byte)0xFF);
            case 3:
                return source[..at];
            case 4:
                return [.. source[..at], .. random.NextBytes(length), .. source[at..]];
            case 5:
                return [.. source[..at], .. source[(at + length)..]];
            case 6:
                return [.. source[..(at + length)], .. source[at..]];
            case 7:
                int other = random.NextInt32(source.Length);
                int count = Math.Min(length, source.Length - other);
                byte[] moved = [.. source];
                source.AsSpan(at, Math.Min(count, source.Length - at)).CopyTo(moved.AsSpan(other));
                return moved;
            default:
                return [.. source[..at], .. Tokens[random.NextInt32(Tokens.Length)], .. source[(at + length)..]];
        }
    }

    private static byte[] Changed(byte[] source, int at, Func<byte, byte> change)
    {
        byte[] copy = [.. source];
        copy[at] = change(copy[at]);
        return copy;
    }
}
