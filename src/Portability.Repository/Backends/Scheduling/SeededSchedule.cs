using Portability.Core.Crypto;

namespace Portability.Repository.Backends;

/// <summary>
/// A random history, the same for the same seed. Actors run for a while before another one does, because a history in which all take turns
/// at every step hides what a long pause shows.
/// </summary>
public sealed class SeededSchedule : ISchedule
{
    private readonly SeededRandomSource random;
    private readonly int switchInHundred;
    private readonly int rareInHundred;
    private string actor = string.Empty;

    /// <summary>Initialises a history.</summary>
    /// <param name="seed">Names it.</param>
    public SeededSchedule(ulong seed)
    {
        random = new SeededRandomSource(seed);
        switchInHundred = 10 + random.NextInt32(90);
        rareInHundred = random.NextInt32(20);
    }

    /// <inheritdoc/>
    public int Choose(IReadOnlyList<ScheduledStep> steps)
    {
        // Kills and the clock are rare; else actors die young and leases end before anything happened.
        bool rare = random.NextInt32(100) < rareInHundred;
        if (!rare && random.NextInt32(100) >= switchInHundred)
        {
            for (int index = 0; index < steps.Count; index++)
            {
                if (steps[index].Kind == ScheduledStepKind.Proceed && string.Equals(steps[index].Actor, actor, StringComparison.Ordinal))
                {
                    return index;
                }
            }
        }

        int chosen = random.NextInt32(steps.Count);
        for (int tried = 0; !rare && steps[chosen].Kind != ScheduledStepKind.Proceed && tried < steps.Count; tried++)
        {
            chosen = (chosen + 1) % steps.Count;
        }

        actor = steps[chosen].Actor;
        return chosen;
    }
}
