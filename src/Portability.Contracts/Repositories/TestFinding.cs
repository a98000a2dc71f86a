namespace Portability;

/// <summary>One thing that a test found: where, what, and which snapshots need it.</summary>
public sealed record TestFinding
{
    /// <summary>What was found.</summary>
    public FindingKind Kind { get; init; }

    /// <summary>Name of the object in the store.</summary>
    public string ObjectName { get; init; } = string.Empty;

    /// <summary>Offset in bytes inside the object, or -1 when the whole object is concerned.</summary>
    public long Offset { get; init; } = -1;

    /// <summary>What is wrong, with numbers.</summary>
    public string Message { get; init; } = string.Empty;

    /// <summary>What to type or set next.</summary>
    public string RecommendedAction { get; init; } = string.Empty;

    /// <summary>True if what was tested is not healthy because of it; false for what is only told.</summary>
    public bool IsError { get; init; }

    /// <summary>True if a snapshot cannot be read in full because of it.</summary>
    public bool IsDamage { get; init; }

    /// <summary>Identifiers of the snapshots that need the object.</summary>
    public Guid[] SnapshotIds { get; init; } = [];

    /// <summary>The same snapshots as `workload#number`.</summary>
    public string[] Snapshots { get; init; } = [];

    /// <summary>Kind, object and fact.</summary>
    /// <returns>One line.</returns>
    public override string ToString() =>
        Offset < 0 ? $"{Kind} {ObjectName}: {Message}" : FormattableString.Invariant($"{Kind} {ObjectName} at 0x{Offset:X}: {Message}");
}
