namespace Portability.Repository.Snapshots;

/// <summary>Takes bytes that were read and checked.</summary>
/// <param name="offset">Where they lie on the disk, in bytes.</param>
/// <param name="bytes">The bytes; valid until the call ends.</param>
/// <param name="cancellationToken">Gives up.</param>
public delegate ValueTask RangeSink(long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

/// <summary>Is told of a range that cannot be read; throws to end the copy, or returns to go on without it.</summary>
/// <param name="offset">Where it lies on the disk, in bytes.</param>
/// <param name="length">Its length, in bytes.</param>
/// <param name="damage">Names snapshot, disk, object and offset.</param>
public delegate void RangeDamage(long offset, int length, PortabilityException damage);

/// <summary>How a range of a disk is copied.</summary>
public sealed record RangeCopyOptions
{
    /// <summary>Threads that read, open and unpack; each takes about 9 MiB.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>True: the sink is called in ascending order, one call at a time. False: in any order, by several threads at once, ranges never overlapping.</summary>
    public bool InOrder { get; init; }

    /// <summary>Told of what cannot be read; null ends the copy at the first damage.</summary>
    public RangeDamage? OnDamage { get; init; }
}
