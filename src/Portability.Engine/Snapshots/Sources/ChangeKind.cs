namespace Portability.Engine.Snapshots.Sources;

/// <summary>What is known of a disk's changes since the snapshot before.</summary>
internal enum ChangeKind
{
    /// <summary>Nothing: all that is not a hole is read and compared.</summary>
    Unknown,

    /// <summary>Proven: nothing changed, nothing is read.</summary>
    Unchanged,

    /// <summary>Proven: only what the newest images of the chain decide themselves may differ.</summary>
    Layers,
}
