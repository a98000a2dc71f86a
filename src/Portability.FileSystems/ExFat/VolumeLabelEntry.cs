namespace Portability.FileSystems.ExFat;

/// <summary>Volume Label entry of the root directory.</summary>
/// <remarks>Microsoft exFAT specification, 7.3. 32 bytes, little-endian.</remarks>
internal static class VolumeLabelEntry
{
    private const int EntryTypeAt = 0;
    private const int CharacterCountAt = EntryTypeAt + 1;
    private const int LabelAt = CharacterCountAt + 1;
    private const int MaximumUnits = 11;

    /// <summary>Reads the label; of a count that is too large as much as there is.</summary>
    /// <param name="source">32 bytes.</param>
    public static string Read(ReadOnlySpan<byte> source) =>
        NodeName.FromUtf16(source.Slice(LabelAt, Math.Min((int)source[CharacterCountAt], MaximumUnits) * 2)).ToString();
}
