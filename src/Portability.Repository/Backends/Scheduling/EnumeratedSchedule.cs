namespace Portability.Repository.Backends;

/// <summary>
/// All histories, one after the other: run the same actors anew with <see cref="Next"/> until it says that there are no more. Each run must
/// offer the same steps after the same choices.
/// </summary>
public sealed class EnumeratedSchedule : ISchedule
{
    private readonly List<(int Chosen, int Count)> choices = [];
    private int at;

    /// <inheritdoc/>
    public int Choose(IReadOnlyList<ScheduledStep> steps)
    {
        if (at == choices.Count)
        {
            choices.Add((0, steps.Count));
        }
        else if (choices[at].Count != steps.Count)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"Step {at} offers {steps.Count} choices, {choices[at].Count} in the run before: the actors depend on more than the store, the clock and their arguments."));
        }

        return choices[at++].Chosen;
    }

    /// <summary>Goes on to the next history.</summary>
    /// <returns>False if all were run.</returns>
    public bool Next()
    {
        at = 0;
        while (choices.Count > 0)
        {
            (int chosen, int count) = choices[^1];
            if (chosen + 1 < count)
            {
                choices[^1] = (chosen + 1, count);
                return true;
            }

            choices.RemoveAt(choices.Count - 1);
        }

        return false;
    }
}
