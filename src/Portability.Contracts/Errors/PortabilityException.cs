namespace Portability;

/// <summary>
/// Base of every error that this product reports. Carries fields rather than prose, so that the module can turn it into an
/// error record without knowing the kinds. Argument errors stay <see cref="ArgumentException"/> and cancellation stays
/// <see cref="OperationCanceledException"/>.
/// </summary>
public abstract class PortabilityException : Exception
{
    /// <summary>Initialises the error.</summary>
    /// <param name="errorId">Stable identifier, Pascal case; it never changes meaning and is never used again for another.</param>
    /// <param name="kind">What went wrong.</param>
    /// <param name="message">`Failed to &lt;verb&gt; '&lt;target&gt;': &lt;fact with numbers&gt;.`</param>
    /// <param name="recommendedAction">One imperative sentence naming a cmdlet or setting.</param>
    /// <param name="targetName">The file, object, workload or disk concerned.</param>
    /// <param name="isTransient">True if the same call may succeed later without anything else changing.</param>
    /// <param name="innerException">The cause, if any.</param>
    protected PortabilityException(
        string errorId,
        ErrorKind kind,
        string message,
        string recommendedAction,
        string? targetName,
        bool isTransient,
        Exception? innerException)
        : base(message, innerException)
    {
        ErrorId = errorId;
        Kind = kind;
        RecommendedAction = recommendedAction;
        TargetName = targetName;
        IsTransient = isTransient;
    }

    /// <summary>Stable identifier of this error.</summary>
    public string ErrorId { get; }

    /// <summary>What went wrong.</summary>
    public ErrorKind Kind { get; }

    /// <summary>One imperative sentence: what to type or set next.</summary>
    public string RecommendedAction { get; }

    /// <summary>The file, object, workload or disk concerned, if any.</summary>
    public string? TargetName { get; }

    /// <summary>True if the same call may succeed later without anything else changing.</summary>
    public bool IsTransient { get; }
}
