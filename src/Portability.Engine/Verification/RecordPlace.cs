namespace Portability.Engine.Verification;

/// <summary>What the bodies of records say about the name they belong under.</summary>
/// <remarks>FORMAT.md, sections 12 to 16.</remarks>
internal sealed record RecordPlace
{
    /// <summary>Workload.</summary>
    public Guid? Workload { get; init; }

    /// <summary>Number in the workload.</summary>
    public long? Number { get; init; }

    /// <summary>Number of a home record.</summary>
    public long? Counter { get; init; }

    /// <summary>First number of merged tombstones.</summary>
    public long? From { get; init; }

    /// <summary>Last number of merged tombstones.</summary>
    public long? To { get; init; }

    /// <summary>Instance at which a tombstone counts.</summary>
    public Guid? Instance { get; init; }

    /// <summary>Name that a void lies under.</summary>
    public string? Name { get; init; }

    /// <summary>Hash of the manifest that a tombstone removes; hexadecimal.</summary>
    public string? Hash { get; init; }

    /// <summary>Pack that a record of verification speaks of; hexadecimal.</summary>
    public string? Object { get; init; }

    /// <summary>New pack of a substitution.</summary>
    public SubstitutePlace? New { get; init; }

    /// <summary>Packs that a substitution replaces; hexadecimal.</summary>
    public string[]? Old { get; init; }

    /// <summary>Hashes of the manifests that a substitution is complete for; hexadecimal.</summary>
    public string[]? CompleteFor { get; init; }

    /// <summary>What merged tombstones hold.</summary>
    public RecordPlace[]? Tombstones { get; init; }
}
