namespace Portability.Repository.Snapshots;

/// <summary>How a capture uses the machine.</summary>
public sealed record SnapshotWriterOptions
{
    /// <summary>Blocks of this many bytes are handed over, compressed and counted together, in bytes.</summary>
    internal const int BatchLength = 1 << 20;

    /// <summary>Threads that hash, compress and seal.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Packs that are built or put at one time; each takes 32 MiB.</summary>
    public int PackBuffers { get; init; } = 3;

    /// <summary>Most bytes that one frame holds before it is compressed.</summary>
    public int FrameLength { get; init; } = 512 << 10;
}
