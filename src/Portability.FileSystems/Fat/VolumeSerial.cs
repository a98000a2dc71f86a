namespace Portability.FileSystems.Fat;

/// <summary>Serial number of a volume as tools write it.</summary>
internal static class VolumeSerial
{
    /// <summary>Such as `1A2B-3C4D`; empty where there is none.</summary>
    public static string Describe(uint? serial) => serial is { } number ? FormattableString.Invariant($"{number >> 16:X4}-{number & 0xFFFF:X4}") : string.Empty;
}
