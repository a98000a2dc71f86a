using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Portability.Core.Compression;
using Portability.Repository.Objects;

namespace Portability.Repository.Packs;

/// <summary>Packs blocks into the text of a frame, and back. Thread-safe.</summary>
/// <remarks>FORMAT.md section 9: codec (1), zero (1), block count (2), payload.</remarks>
internal sealed class FrameCodec
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeaderSize = CountAt + 2;

    /// <summary>Most bytes that a frame unpacks to where a block is not larger.</summary>
    public const int MaximumUnpacked = 1 << 20;

    private const int CodecAt = 0, ZeroAt = CodecAt + 1, CountAt = ZeroAt + 1;
    private const byte Stored = 0, Brotli = 1, Zstandard = 2;

    /// <summary>A frame is stored as it is unless packing saves one part in this many.</summary>
    private const int LeastGain = 32;

    // Repeats of 6 bytes, not the 7 of level 1 for texts this long: two parts in a hundred smaller on a system's files, and as fast.
    private static readonly ZstandardSettings Settings = new(Level: 1, MinimumMatch: 6);

    private readonly IZstandard zstandard;

    /// <summary>Initialises a codec with the system's Zstandard, or that of managed code where there is none.</summary>
    public FrameCodec()
        : this((IZstandard?)SystemZstandard.TryCreate(Settings) ?? new ManagedZstandard(Settings))
    {
    }

    /// <summary>Initialises a codec.</summary>
    /// <param name="zstandard">Packs and unpacks payloads.</param>
    public FrameCodec(IZstandard zstandard) => this.zstandard = zstandard;

    /// <summary>Most blocks a frame may hold.</summary>
    public static int MaximumBlocks(int blockSize) => Math.Max(1, MaximumUnpacked / blockSize);

    /// <summary>Packs blocks.</summary>
    /// <param name="blocks">Whole blocks, back to back.</param>
    /// <param name="blockSize">Length in bytes of a block.</param>
    /// <param name="target">At least <see cref="HeaderSize"/> bytes more than the blocks have.</param>
    /// <returns>Bytes written.</returns>
    public int Encode(ReadOnlySpan<byte> blocks, int blockSize, Span<byte> target)
    {
        int count = blocks.Length / blockSize;
        target[ZeroAt] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(target[CountAt..], checked((ushort)count));
        Span<byte> payload = target.Slice(HeaderSize, blocks.Length);
        if (CompressionProbe.MayShrink(blocks)
            && zstandard.TryPack(blocks, payload[..(blocks.Length - (blocks.Length / LeastGain))], out int written))
        {
            target[CodecAt] = Zstandard;
            return HeaderSize + written;
        }

        target[CodecAt] = Stored;
        blocks.CopyTo(payload);
        return HeaderSize + blocks.Length;
    }

    /// <summary>Unpacks a frame.</summary>
    /// <param name="text">Text of the frame, opened.</param>
    /// <param name="blockSize">Length in bytes of a block.</param>
    /// <param name="target">Exactly as many bytes as the frame's blocks have, as its directory counts them.</param>
    /// <param name="name">The pack, for errors.</param>
    /// <param name="offset">Where the frame lies in it, for errors.</param>
    /// <exception cref="PortabilityException">The text breaks the format.</exception>
    public void Decode(ReadOnlySpan<byte> text, int blockSize, Span<byte> target, string name, long offset)
    {
        if (text.Length < HeaderSize || text[ZeroAt] != 0)
        {
            throw Malformed(name, offset, FormattableString.Invariant($"{text.Length} bytes do not begin with a frame header"));
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(text[CountAt..]);
        if ((long)count * blockSize != target.Length)
        {
            throw Malformed(name, offset, FormattableString.Invariant($"it holds {count} blocks, not {target.Length / blockSize}"));
        }

        ReadOnlySpan<byte> payload = text[HeaderSize..];
        switch (text[CodecAt])
        {
            case Stored when payload.Length == target.Length:
                payload.CopyTo(target);
                break;
            case Brotli when UnpackBrotli(payload, target):
            case Zstandard when zstandard.TryUnpack(payload, target):
                break;
            default:
                throw Malformed(name, offset, FormattableString.Invariant($"{payload.Length} bytes of codec {text[CodecAt]} do not unpack to {target.Length}"));
        }
    }

    private static bool UnpackBrotli(ReadOnlySpan<byte> payload, Span<byte> target)
    {
        using var decoder = default(BrotliDecoder);
        OperationStatus status = decoder.Decompress(payload, target, out int consumed, out int written);
        return status == OperationStatus.Done && consumed == payload.Length && written == target.Length;
    }

    private static InvalidFormatException Malformed(string name, long offset, string fact) => Damage.Malformed("frame", 9, name, offset, fact);
}
