using System.Runtime.InteropServices;

namespace Portability.Core.Compression;

/// <summary>The calls of libzstd, version 1 of its interface (`zstd.h`, "Explicit context" and "Simple API"). Sizes are in bytes.</summary>
internal static partial class Libzstd
{
    /// <summary>The oldest release whose calls are used: `ZSTD_compress2` is stable since 1.4.0.</summary>
    public const uint OldestVersion = 10_400;

    /// <summary>`ZSTD_c_compressionLevel`.</summary>
    public const int CompressionLevel = 100;

    /// <summary>`ZSTD_c_minMatch`.</summary>
    public const int MinimumMatch = 105;

    private const string Library = "libzstd.so.1";

    /// <summary>Tells whether the machine has the library, in a version that serves.</summary>
    public static bool IsThere()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(Library, typeof(Libzstd).Assembly, DllImportSearchPath.SafeDirectories, out nint library))
        {
            return false;
        }

        // It stays loaded: the calls below look it up by the same name.
        return NativeLibrary.TryGetExport(library, "ZSTD_compress2", out _) && Version() >= OldestVersion;
    }

    [LibraryImport(Library, EntryPoint = "ZSTD_versionNumber")]
    public static partial uint Version();

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    public static partial nint CreateCompression();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    public static partial nuint FreeCompression(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_setParameter")]
    public static partial nuint Set(ZstandardContext context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_compress2")]
    public static partial nuint Compress(ZstandardContext context, Span<byte> target, nuint capacity, ReadOnlySpan<byte> source, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    public static partial nint CreateDecompression();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    public static partial nuint FreeDecompression(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressDCtx")]
    public static partial nuint Decompress(ZstandardContext context, Span<byte> target, nuint capacity, ReadOnlySpan<byte> source, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    public static partial uint IsError(nuint result);
}
