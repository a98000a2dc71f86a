namespace Portability.Repository.Snapshots;

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
