namespace Portability.FileSystems.Fat;

/// <summary>A record's place in a directory, and what stands there.</summary>
/// <param name="Offset">Offset in the volume, in bytes.</param>
/// <param name="Bytes">The record; valid until the next one is asked for.</param>
internal readonly record struct DirectorySlot(long Offset, ReadOnlyMemory<byte> Bytes);
