namespace Portability.Repository.Objects;

/// <summary>Makes the errors of writers.</summary>
internal static class ObjectErrors
{
    /// <summary>A writer that failed is asked again.</summary>
    /// <param name="what">What it writes.</param>
    /// <param name="cause">Why it failed.</param>
    public static RepositoryException Unusable(string what, Exception cause) => new(
        "ObjectUnusable",
        cause is PortabilityException known ? known.Kind : ErrorKind.WriteFailed,
        $"Failed to write {what}: an earlier write failed, and what was sealed is never sealed again. {cause.Message}",
        cause is PortabilityException reason ? reason.RecommendedAction : "Run the command again.",
        isTransient: cause is PortabilityException { IsTransient: true },
        innerException: cause);
}
