namespace Portability;

/// <summary>A guest cannot be inspected or patched safely.</summary>
public sealed class GuestPatchException : PortabilityException
{
    /// <summary>Initialises the error; see <see cref="PortabilityException"/> for the parameters.</summary>
    public GuestPatchException(
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
