using Portability.Repository.Maps;

namespace Portability.Repository.Snapshots;

/// <summary>
/// A piece of memory for neighbouring blocks of a disk. The caller rents it, fills it, and hands it over with
/// <see cref="DiskCapture.Write"/>, after which it is no longer the caller's; or disposes it unused.
/// </summary>
public sealed class BlockBatch : IDisposable
{
    private readonly SnapshotWriter owner;
    private readonly byte[] bytes;

    internal BlockBatch(SnapshotWriter owner, int length, int blockSize)
    {
        this.owner = owner;
        bytes = GC.AllocateUninitializedArray<byte>(length);
        Before = new BlockLocation?[length / blockSize];
        After = new BlockLocation?[length / blockSize];
    }

    /// <summary>Where the blocks go, back to back.</summary>
    public Memory<byte> Memory => bytes;

    internal ReadOnlySpan<byte> Bytes => bytes;

    internal long FirstBlock { get; set; }

    /// <summary>Blocks in use.</summary>
    internal int Count { get; set; }

    /// <summary>What the map before says of each block.</summary>
    internal BlockLocation?[] Before { get; }

    /// <summary>What the new map says of each block.</summary>
    internal BlockLocation?[] After { get; }

    internal DiskCapture? Disk { get; set; }

    /// <summary>Ends when <see cref="After"/> is known.</summary>
    internal TaskCompletionSource Done { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gives the memory back unused.</summary>
    public void Dispose() => owner.Return(this);
}
