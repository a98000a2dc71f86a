namespace Portability.Engine.Replication;

/// <summary>What is sent where.</summary>
public sealed record SyncOptions
{
    /// <summary>Place of the destination: a repository of the same id, or nothing yet: then it becomes one.</summary>
    public required string Destination { get; init; }

    /// <summary>Names of workloads, wildcards allowed by the caller's expansion; empty for all.</summary>
    public string[] Names { get; init; } = [];

    /// <summary>Snapshots to send; empty for all of the workloads.</summary>
    public Guid[] Snapshots { get; init; } = [];

    /// <summary>Leaves the key slots behind: the destination lists and verifies, and reads only with a secret brought from elsewhere.</summary>
    public bool WithoutKey { get; init; }

    /// <summary>True if the sync runs at the mirror's side: reading what the mirror holds crosses no wire then.</summary>
    public bool Pull { get; init; }

    /// <summary>Verifies every object that the destination already holds, not only a part of them.</summary>
    public bool VerifyAll { get; init; }
}
