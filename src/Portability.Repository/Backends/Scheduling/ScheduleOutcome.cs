namespace Portability.Repository.Backends;

/// <summary>How a scheduled history ended.</summary>
public enum ScheduleOutcome
{
    /// <summary>Every actor that was not killed has ended.</summary>
    Ended,

    /// <summary>The steps were used up: somebody goes round and round.</summary>
    StepsUsedUp,

    /// <summary>An actor waits, but neither for the store nor for the clock.</summary>
    Stuck,
}
