using System.Collections.Concurrent;
using Portability.Core.Compression;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Portability.Repository.Packs;

/// <summary>Zstandard in managed code, for machines whose system has none. Keeps its working memory from call to call.</summary>
internal sealed class ManagedZstandard : IZstandard
{
    private readonly ConcurrentStack<Compressor> compressors = [];
    private readonly ConcurrentStack<Decompressor> decompressors = [];
    private readonly ZstandardSettings settings;

    /// <summary>Initialises it.</summary>
    /// <param name="settings">How it packs.</param>
    public ManagedZstandard(ZstandardSettings settings) => this.settings = settings;

    /// <inheritdoc/>
    public bool TryPack(ReadOnlySpan<byte> source, Span<byte> target, out int written)
    {
        if (!compressors.TryPop(out Compressor? compressor))
        {
            compressor = new Compressor(settings.Level);
            compressor.SetParameter(ZSTD_cParameter.ZSTD_c_minMatch, settings.MinimumMatch);
        }

        bool fits = compressor.TryWrap(source, target, out written);
        compressors.Push(compressor);
        return fits;
    }

    /// <inheritdoc/>
    public bool TryUnpack(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (!decompressors.TryPop(out Decompressor? decompressor))
        {
            decompressor = new Decompressor();
        }

        try
        {
            bool fits = decompressor.TryUnwrap(source, target, out int written);
            decompressors.Push(decompressor);
            return fits && written == target.Length;
        }
        catch (ZstdException)
        {
            decompressor.Dispose(); // its state is that of a damaged frame
            return false;
        }
    }
}
