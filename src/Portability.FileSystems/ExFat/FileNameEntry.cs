namespace Portability.FileSystems.ExFat;

/// <summary>File Name entry: 15 units of a name.</summary>
/// <remarks>Microsoft exFAT specification, 7.7. 32 bytes.</remarks>
internal static class FileNameEntry
{
    /// <summary>Units in an entry.</summary>
    public const int UnitCount = 15;

    private const int EntryTypeAt = 0;
    private const int FileNameAt = EntryTypeAt + 1 + 1;

    /// <summary>The units, as bytes.</summary>
    /// <param name="source">At least 32 bytes.</param>
    public static ReadOnlySpan<byte> Units(ReadOnlySpan<byte> source) => source.Slice(FileNameAt, UnitCount * 2);
}
