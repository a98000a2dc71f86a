namespace Portability;

/// <summary>A repository operation that cannot go on: wrong key, not admitted, missing object, refused mirror.</summary>
public sealed class RepositoryException : PortabilityException
{
    /// <summary>Initialises the error; see <see cref="PortabilityException"/> for the parameters.</summary>
    public RepositoryException(
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
