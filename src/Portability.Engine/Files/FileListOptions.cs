namespace Portability.Engine.Files;

/// <summary>Which files are listed or copied.</summary>
public sealed record FileListOptions
{
    /// <summary>Paths in the machine, wildcards in their names.</summary>
    public PathPattern[] Paths { get; init; } = [];

    /// <summary>True for all that lies below.</summary>
    public bool Recurse { get; init; }

    /// <summary>The volume that the paths are of; null for the machine's tree.</summary>
    public WorkloadVolume? Volume { get; init; }
}
