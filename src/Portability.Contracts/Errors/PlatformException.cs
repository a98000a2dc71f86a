namespace Portability;

/// <summary>A platform, operating system or remote peer refused or failed an operation.</summary>
public sealed class PlatformException : PortabilityException
{
    /// <summary>Initialises the error; see <see cref="PortabilityException"/> for the parameters.</summary>
    public PlatformException(
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
