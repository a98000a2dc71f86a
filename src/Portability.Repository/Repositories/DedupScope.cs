namespace Portability.Repository.Repositories;

/// <summary>Within what equal blocks of a set are stored once.</summary>
public enum DedupScope
{
    /// <summary>Across all workloads of the repository.</summary>
    Repository,

    /// <summary>Within one workload, so that stored sizes tell a guest nothing about others.</summary>
    Workload,
}
