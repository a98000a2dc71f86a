using System.Collections.Concurrent;

namespace Portability.Core.Compression;

/// <summary>Zstandard by the library that the machine has. Keeps its working memory from call to call, one for each thread that calls at once.</summary>
public sealed class SystemZstandard : IZstandard
{
    private static readonly Lazy<bool> Available = new(Libzstd.IsThere);

    private readonly ConcurrentStack<ZstandardContext> packing = [];
    private readonly ConcurrentStack<ZstandardContext> unpacking = [];
    private readonly ZstandardSettings settings;

    private SystemZstandard(ZstandardSettings settings) => this.settings = settings;

    /// <summary>Gives the machine's Zstandard.</summary>
    /// <param name="settings">How it packs.</param>
    /// <returns>Null if the machine has none that serves.</returns>
    public static SystemZstandard? TryCreate(ZstandardSettings settings) => Available.Value ? new SystemZstandard(settings) : null;

    /// <inheritdoc/>
    public bool TryPack(ReadOnlySpan<byte> source, Span<byte> target, out int written)
    {
        if (!packing.TryPop(out ZstandardContext? context))
        {
            context = ZstandardContext.ForPacking(settings);
        }

        nuint result = Libzstd.Compress(context, target, (nuint)target.Length, source, (nuint)source.Length);
        packing.Push(context);
        bool fits = Libzstd.IsError(result) == 0;
        written = fits ? (int)result : 0;
        return fits;
    }

    /// <inheritdoc/>
    public bool TryUnpack(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (!unpacking.TryPop(out ZstandardContext? context))
        {
            context = ZstandardContext.ForUnpacking();
        }

        // A call begins with the state of a fresh context, whatever the call before it met.
        nuint result = Libzstd.Decompress(context, target, (nuint)target.Length, source, (nuint)source.Length);
        unpacking.Push(context);
        return Libzstd.IsError(result) == 0 && result == (nuint)target.Length;
    }
}
