namespace Portability.Engine.Verification;

/// <summary>How a repository is tested.</summary>
public sealed record RepositoryTestOptions
{
    /// <summary>How deep: manifests alone, every object by its SHA-256, or every block too, which needs the key.</summary>
    public TestDepth Depth { get; init; } = TestDepth.Objects;

    /// <summary>Names that two writers race for, to see that the store has one winner each; 0 puts nothing.</summary>
    public int RaceNames { get; init; } = 50;
}
