using Portability.Repository.Objects;

namespace Portability.Engine.Snapshots;

/// <summary>What disks are needed for, in the repository's terms and back.</summary>
internal static class SnapshotSets
{
    /// <summary>The set of a role.</summary>
    /// <param name="role">The role.</param>
    public static BlockSet Of(DiskRole role) => role == DiskRole.Boot ? BlockSet.Boot : BlockSet.Data;

    /// <summary>The role of a set.</summary>
    /// <param name="set">The set.</param>
    public static DiskRole RoleOf(BlockSet set) => set == BlockSet.Boot ? DiskRole.Boot : DiskRole.Data;
}
