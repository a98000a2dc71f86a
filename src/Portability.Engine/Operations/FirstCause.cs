namespace Portability.Engine.Operations;

/// <summary>
/// Finds what first went wrong. Of several threads that write one object, those behind the one that failed hear that the object is
/// unusable; what a person must know is why.
/// </summary>
internal static class FirstCause
{
    private const string Unusable = "ObjectUnusable";

    /// <summary>The error behind an object that became unusable.</summary>
    /// <param name="exception">Any error.</param>
    /// <returns>The error that made it so; null if this is no such error, or nothing is known of its cause.</returns>
    public static PortabilityException? Of(Exception exception)
    {
        PortabilityException? cause = null;
        while (exception is PortabilityException { ErrorId: Unusable, InnerException: PortabilityException inner })
        {
            cause = inner;
            exception = inner;
        }

        return cause;
    }
}
