namespace Portability.Repository.Backends;

/// <summary>Kinds of <see cref="ScheduledStep"/>.</summary>
public enum ScheduledStepKind
{
    /// <summary>A waiting call is done and its actor goes on.</summary>
    Proceed,

    /// <summary>The actor is killed; its waiting call never happens.</summary>
    KillBefore,

    /// <summary>A waiting call is done, but the actor is killed before it learns the answer.</summary>
    KillAfter,

    /// <summary>The clock goes on to the next timer, whose waiter goes on.</summary>
    Timer,
}
