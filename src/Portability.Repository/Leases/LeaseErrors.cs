using Portability.Repository.Backends;
using Portability.Repository.Records;

namespace Portability.Repository.Leases;

/// <summary>Makes the errors of leases.</summary>
internal static class LeaseErrors
{
    public static RepositoryLockedException ShutOut(RecordId lease, string place, Exception? cause = null) => new(
        "WriterShutOut",
        ErrorKind.Locked,
        $"Failed to go on under lease {lease} in '{place}': it stood still for so long that a collection shut it out.",
        "Run the command again; what was stored already is found and used.",
        place,
        isTransient: true,
        cause);

    public static RepositoryLockedException Restless(RecordId lease, string place) => new(
        "LeaseRestless",
        ErrorKind.Locked,
        $"Failed to read lease {lease} in '{place}': each time it was looked at it had gone on.",
        "Run the command again.",
        place,
        isTransient: true);

    public static RepositoryException SnapshotGone(PinnedSnapshot snapshot, string place) => new(
        "SnapshotRemoved",
        ErrorKind.NotFound,
        FormattableString.Invariant($"Failed to hold snapshot {snapshot.Number} ({snapshot.Snapshot:D}) in '{place}': it was removed."),
        "List what is there with Get-WorkloadSnapshot.",
        snapshot.Snapshot.ToString("D"));

    public static IntegrityException ObjectGone(BlobName name, long length, Exception? cause) => new(
        "ObjectMissing",
        FormattableString.Invariant($"Failed to keep '{name}': no copy of its {length} bytes is there and whole."),
        "Run Test-WorkloadRepository to see which snapshots need it, and repair from a mirror with Sync-WorkloadDelta.",
        name.Value,
        innerException: cause);
}
