namespace Portability.Disks.Partitions;

/// <summary>Something wrong or remarkable about a partition table.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The same as a sentence with numbers, without a trailing full stop.</param>
public sealed record PartitionFinding(PartitionFindingKind Kind, string Text);
