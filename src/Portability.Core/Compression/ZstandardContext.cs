using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Compression;

/// <summary>The working memory of libzstd for one call at a time: `ZSTD_CCtx` or `ZSTD_DCtx`.</summary>
internal sealed class ZstandardContext : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly bool packs;

    private ZstandardContext(bool packs)
        : base(ownsHandle: true) => this.packs = packs;

    /// <summary>Makes one to pack.</summary>
    /// <param name="settings">How.</param>
    /// <exception cref="PlatformException">`OutOfMemory`: there is no memory for it.</exception>
    public static ZstandardContext ForPacking(ZstandardSettings settings)
    {
        ZstandardContext context = Make(packs: true);
        context.Set(Libzstd.CompressionLevel, settings.Level);
        context.Set(Libzstd.MinimumMatch, settings.MinimumMatch);
        return context;
    }

    /// <summary>Makes one to unpack.</summary>
    /// <exception cref="PlatformException">`OutOfMemory`: there is no memory for it.</exception>
    public static ZstandardContext ForUnpacking() => Make(packs: false);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _ = packs ? Libzstd.FreeCompression(handle) : Libzstd.FreeDecompression(handle);
        return true;
    }

    private void Set(int parameter, int value)
    {
        if (Libzstd.IsError(Libzstd.Set(this, parameter, value)) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, FormattableString.Invariant($"libzstd refuses this for its parameter {parameter}."));
        }
    }

    private static ZstandardContext Make(bool packs)
    {
        var context = new ZstandardContext(packs);
        context.SetHandle(packs ? Libzstd.CreateCompression() : Libzstd.CreateDecompression());
        return context.IsInvalid ? throw NoMemory() : context;
    }

    private static PlatformException NoMemory() => new(
        "OutOfMemory",
        ErrorKind.Limit,
        "Failed to pack or unpack: the machine has no memory left for the working tables of libzstd.",
        "Close other programs, then run the cmdlet again, or run it on a machine with more memory.");
}
