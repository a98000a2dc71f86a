namespace Portability.Engine.Disks;

/// <summary>How a disk is copied to another.</summary>
internal sealed record BlockCopyOptions
{
    /// <summary>Bytes read and written at once, a power of two from 64 KiB.</summary>
    public int ChunkSize { get; init; } = 1 << 20;

    /// <summary>Copies under way at once, each with a buffer of its own.</summary>
    public int Parallelism { get; init; } = 4;

    /// <summary>True if the target already reads as zeros everywhere, so that zeros need not be written.</summary>
    public bool TargetIsZero { get; init; } = true;
}
