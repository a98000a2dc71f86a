namespace Portability;

/// <summary>An object whose bytes are not those that were hashed, sealed or signed, or that is missing though it is needed.</summary>
public sealed class IntegrityException : PortabilityException
{
    /// <summary>Initialises the error.</summary>
    /// <param name="errorId">Stable identifier.</param>
    /// <param name="message">What was found, with the object and the offset.</param>
    /// <param name="recommendedAction">What to do next.</param>
    /// <param name="objectName">Name of the damaged or missing object.</param>
    /// <param name="offset">Offset in bytes inside the object, or -1 when the whole object is concerned.</param>
    /// <param name="innerException">The cause, if any.</param>
    public IntegrityException(
        string errorId,
        string message,
        string recommendedAction,
        string? objectName,
        long offset = -1,
        Exception? innerException = null)
        : base(errorId, ErrorKind.Integrity, message, recommendedAction, objectName, isTransient: false, innerException)
    {
        Offset = offset;
    }

    /// <summary>Offset in bytes inside the object, or -1.</summary>
    public long Offset { get; }
}
