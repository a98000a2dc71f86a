namespace Portability.FileSystems.Volumes;

/// <summary>What a volume is that is named but not read.</summary>
/// <param name="Type">Such as `XFS` or `LUKS`.</param>
/// <param name="Id">Its identity as its own tools write it; empty when it tells none.</param>
/// <param name="Label">Its label; empty when it tells none.</param>
public sealed record VolumeIdentity(string Type, string Id, string Label);
