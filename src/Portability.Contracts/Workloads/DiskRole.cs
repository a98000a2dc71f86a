namespace Portability;

/// <summary>What a disk of a workload is needed for. The two sets are stored apart and restored apart.</summary>
public enum DiskRole
{
    /// <summary>Needed to boot.</summary>
    Boot,

    /// <summary>Everything else.</summary>
    Data,
}
