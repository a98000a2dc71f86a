namespace Portability.Repository.Backends;

/// <summary>One thing that a <see cref="FaultInjectingBlobStore"/> does to a call.</summary>
public sealed record StoreFault
{
    /// <summary>Only this operation, or null for any.</summary>
    public StoreOperation? Operation { get; init; }

    /// <summary>Only targets that begin with this.</summary>
    public string Prefix { get; init; } = string.Empty;

    /// <summary>Fitting calls that pass before the first that is hit.</summary>
    public int Skip { get; init; }

    /// <summary>Fitting calls that are hit from then on.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Time that the call takes longer.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>What the call throws, or null if it only takes longer.</summary>
    public Func<StoreCall, Exception>? Error { get; init; }

    /// <summary>True if the call is done before it throws: the answer is lost.</summary>
    public bool LoseAnswer { get; init; }

    /// <summary>A failure that may be gone the next time.</summary>
    /// <param name="operation">Only this operation, or null for any.</param>
    /// <param name="loseAnswer">True if the call is done before it throws.</param>
    public static StoreFault Unreachable(StoreOperation? operation = null, bool loseAnswer = false) => new()
    {
        Operation = operation,
        LoseAnswer = loseAnswer,
        Error = call => new StorageException(
            "StoreUnreachable", ErrorKind.Unreachable, $"Failed to {call}: the connection was cut.", "Run the command again.", call.Target, isTransient: true),
    };

    /// <summary>No space is left.</summary>
    /// <param name="operation">Only this operation, or null for any.</param>
    public static StoreFault Full(StoreOperation? operation = null) => new()
    {
        Operation = operation,
        Error = call => new StorageException("StoreFull", ErrorKind.WriteFailed, $"Failed to {call}: no space is left.", "Free space.", call.Target),
    };
}
