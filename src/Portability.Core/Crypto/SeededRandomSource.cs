using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Portability.Core.Crypto;

/// <summary>The same bytes for the same seed: SHA-256 of seed and a counter. For tests and models, never for keys.</summary>
public sealed class SeededRandomSource : RandomSource
{
    private readonly Lock gate = new();
    private readonly byte[] block = new byte[SHA256.HashSizeInBytes];
    private readonly ulong seed;
    private ulong counter;
    private int left;

    /// <summary>Initialises a source.</summary>
    /// <param name="seed">Names the sequence.</param>
    public SeededRandomSource(ulong seed) => this.seed = seed;

    /// <inheritdoc/>
    public override void Fill(Span<byte> target)
    {
        lock (gate)
        {
            while (!target.IsEmpty)
            {
                if (left == 0)
                {
                    NextBlock();
                }

                int count = Math.Min(left, target.Length);
                block.AsSpan(block.Length - left, count).CopyTo(target);
                left -= count;
                target = target[count..];
            }
        }
    }

    private void NextBlock()
    {
        Span<byte> input = stackalloc byte[2 * sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(input, seed);
        BinaryPrimitives.WriteUInt64LittleEndian(input[sizeof(ulong)..], counter++);
        SHA256.HashData(input, block);
        left = block.Length;
    }
}
