namespace Portability.Repository.Maintenance;

/// <summary>What a removal did.</summary>
public enum RemoveOutcome
{
    /// <summary>The snapshot is gone.</summary>
    Removed,

    /// <summary>The snapshot is removed, but somebody began to read it in the same moment: a collection deletes its manifest when that has ended.</summary>
    RemovedWhileRead,
}
