namespace Portability.Core.Compression;

/// <summary>Packs and unpacks single Zstandard frames (RFC 8878), each whole in memory. Thread-safe.</summary>
public interface IZstandard
{
    /// <summary>Packs bytes into one frame.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="target">Takes the frame; as long as the longest frame that is wanted.</param>
    /// <param name="written">Bytes of the frame.</param>
    /// <returns>False if the frame does not fit; the target is unspecified then.</returns>
    bool TryPack(ReadOnlySpan<byte> source, Span<byte> target, out int written);

    /// <summary>Unpacks frames.</summary>
    /// <param name="source">The frames, and nothing behind them.</param>
    /// <param name="target">Takes the bytes; exactly as many as there must be.</param>
    /// <returns>False if the frames are malformed or hold another number of bytes; the target is unspecified then.</returns>
    bool TryUnpack(ReadOnlySpan<byte> source, Span<byte> target);
}
