namespace Portability.FileSystems.Fat;

/// <summary>Clusters of a chain that follow each other on the volume.</summary>
/// <param name="Index">Number of the first of them in the chain, from 0.</param>
/// <param name="Cluster">The first of them.</param>
/// <param name="Count">How many, at least one.</param>
internal readonly record struct ClusterRun(long Index, uint Cluster, long Count);
