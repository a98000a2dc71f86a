namespace Portability.Core.Compression;

/// <summary>How Zstandard packs. What was packed one way unpacks like any other.</summary>
/// <param name="Level">Compression level, 1 to 19.</param>
/// <param name="MinimumMatch">Shortest repeat in bytes that is looked for, 3 to 7.</param>
public readonly record struct ZstandardSettings(int Level, int MinimumMatch);
