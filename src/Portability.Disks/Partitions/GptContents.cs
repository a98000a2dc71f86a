namespace Portability.Disks.Partitions;

/// <summary>What a sound copy of a GUID partition table says.</summary>
/// <param name="SectorSize">Bytes of the sectors it counts in.</param>
/// <param name="Header">The header that was used.</param>
/// <param name="Partitions">Its partitions.</param>
internal sealed record GptContents(int SectorSize, GptHeader Header, IReadOnlyList<DiskPartition> Partitions)
{
    /// <summary>Identity of the disk.</summary>
    public Guid DiskGuid => Header.DiskGuid;
}
