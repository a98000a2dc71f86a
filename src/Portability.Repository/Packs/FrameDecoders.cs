using System.Collections.Concurrent;
using Portability.Repository.Packs.Compression;

namespace Portability.Repository.Packs;

/// <summary>Decoders that wait for the next frame: as many as threads have unpacked at one time. Thread-safe.</summary>
internal sealed class FrameDecoders
{
    private readonly ConcurrentBag<LzDecoder> idle = [];

    /// <summary>Unpacks a frame; see <see cref="FrameCodec.Decode"/>.</summary>
    public void Decode(ReadOnlySpan<byte> text, int blockSize, Span<byte> target, string name, long offset)
    {
        if (!idle.TryTake(out LzDecoder? decoder))
        {
            decoder = new LzDecoder();
        }

        try
        {
            FrameCodec.Decode(decoder, text, blockSize, target, name, offset);
        }
        finally
        {
            idle.Add(decoder);
        }
    }
}
