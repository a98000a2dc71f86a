using Portability.Repository.Maintenance;

namespace Portability.Engine.Repositories;

/// <summary>How a repository is optimised.</summary>
public sealed record OptimizeOptions
{
    /// <summary>
    /// How long a writer that does not answer is waited for before it is shut out; what earlier runs waited counts. Writers of this machine whose
    /// process is gone are not waited for.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Longest time that this run waits for writers in all; what is left then is deleted by a later run.</summary>
    public TimeSpan WaitLimit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>False to rewrite nothing, whatever <see cref="Compact"/> says: for callers that do not know the repository's own types.</summary>
    public bool RewritePacks { get; init; } = true;

    /// <summary>Which packs are rewritten; null to rewrite none.</summary>
    public CompactOptions? Compact { get; init; } = new();
}
