namespace Portability.Engine.Operations;

/// <summary>
/// Finds what first went wrong. Of several threads that write one object, those behind the one that failed hear that the object is
/// unusable; what a person must know is why.
/// </summary>
internal static class FirstCause
{
    private const string Unusable = "ObjectUnusable";

    /// <summary>The error behind an object that became unusable, and the error of this product for memory that ran out.</summary>
    /// <param name="exception">Any error.</param>
    /// <returns>The error to tell instead; null where <paramref name="exception"/> tells all there is.</returns>
    public static PortabilityException? Of(Exception exception)
    {
        PortabilityException? cause = null;
        while (exception is PortabilityException { ErrorId: Unusable, InnerException: { } inner })
        {
            cause = inner as PortabilityException ?? cause;
            exception = inner;
        }

        return exception is OutOfMemoryException ? OutOfMemory(exception) : cause;
    }

    private static RepositoryException OutOfMemory(Exception cause) => new(
        "OutOfMemory",
        ErrorKind.Limit,
        "Failed to finish: the memory of this process ran out; nothing was committed, and what was committed before is whole.",
        "Close other programs, or run the cmdlet in a PowerShell of its own or on a machine with more memory.",
        innerException: cause);
}
