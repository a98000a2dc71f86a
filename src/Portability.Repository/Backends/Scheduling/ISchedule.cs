namespace Portability.Repository.Backends;

/// <summary>Decides a history: which of the possible steps happens next.</summary>
public interface ISchedule
{
    /// <summary>Chooses.</summary>
    /// <param name="steps">What could happen, in the order in which the calls came; at least one.</param>
    /// <returns>Index of the chosen one.</returns>
    int Choose(IReadOnlyList<ScheduledStep> steps);
}
