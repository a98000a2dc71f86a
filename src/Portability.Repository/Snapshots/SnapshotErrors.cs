namespace Portability.Repository.Snapshots;

/// <summary>Makes the errors of snapshots that cannot be read.</summary>
internal static class SnapshotErrors
{
    /// <summary>A part of a disk that cannot be read.</summary>
    /// <param name="manifest">The snapshot.</param>
    /// <param name="disk">Number of the disk.</param>
    /// <param name="offset">Where on the disk, in bytes.</param>
    /// <param name="cause">What is damaged: names object and offset.</param>
    public static IntegrityException Unreadable(SnapshotManifest manifest, int disk, long offset, PortabilityException cause) => new(
        "SnapshotDamaged",
        FormattableString.Invariant($"Failed to read '{manifest.Name}' snapshot {manifest.Number} ({manifest.Snapshot:D}): disk {disk} at 0x{offset:X}. {cause.Message}"),
        cause.RecommendedAction,
        cause.TargetName,
        cause is IntegrityException integrity ? integrity.Offset : ((InvalidFormatException)cause).Offset,
        cause);
}
