namespace Portability;

/// <summary>Where equal blocks are stored once.</summary>
public enum DedupScope
{
    /// <summary>Across all workloads of the repository, within the boot set and within the data set.</summary>
    Repository,

    /// <summary>Within one workload: stored sizes then tell nothing about what others hold.</summary>
    Workload,
}
