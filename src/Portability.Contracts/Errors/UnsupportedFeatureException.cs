namespace Portability;

/// <summary>A feature that is known by name but not handled; nothing was changed.</summary>
public sealed class UnsupportedFeatureException : PortabilityException
{
    /// <summary>Initialises the error; see <see cref="PortabilityException"/> for the parameters.</summary>
    public UnsupportedFeatureException(
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
