namespace Portability;

/// <summary>Another writer holds what this operation needs, or won the race for it.</summary>
public sealed class RepositoryLockedException : PortabilityException
{
    /// <summary>Initialises the error; see <see cref="PortabilityException"/> for the parameters.</summary>
    public RepositoryLockedException(
        string errorId,
        ErrorKind kind,
        string message,
        string recommendedAction,
        string? targetName = null,
        bool isTransient = false,
        Exception? innerException = null)
        : base(errorId, kind, message, recommendedAction, targetName, isTransient, innerException)
    {
    }
}
