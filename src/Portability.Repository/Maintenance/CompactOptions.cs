namespace Portability.Repository.Maintenance;

/// <summary>Which packs a compaction rewrites.</summary>
/// <remarks>FORMAT.md, section 16.</remarks>
public sealed record CompactOptions
{
    /// <summary>A pack is rewritten when at least this share of its blocks is needed by no snapshot.</summary>
    public double DeadShare { get; init; } = 0.25;

    /// <summary>Packs shorter than this, in bytes, are merged once there are enough of them.</summary>
    public long SmallLength { get; init; } = 4 << 20;

    /// <summary>How many small packs lie together before they are merged.</summary>
    public int SmallCount { get; init; } = 64;

    /// <summary>Most bytes of packs that are condemned and rewritten at a time: writers that rely on them store them anew meanwhile.</summary>
    public long RoundLength { get; init; } = 512 << 20;
}
