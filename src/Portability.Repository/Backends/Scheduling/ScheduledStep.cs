namespace Portability.Repository.Backends;

/// <summary>One thing that could happen next in a scheduled history.</summary>
/// <param name="Actor">Who acts, or empty when it is the clock.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Call">The store's call, or default when it is the clock.</param>
public readonly record struct ScheduledStep(string Actor, ScheduledStepKind Kind, StoreCall Call)
{
    /// <summary>For example `writer: Put leases/1/0000000001`.</summary>
    public override string ToString() => Kind switch
    {
        ScheduledStepKind.Timer => "clock: next timer",
        ScheduledStepKind.Proceed => $"{Actor}: {Call}",
        ScheduledStepKind.KillBefore => $"{Actor}: killed before {Call}",
        _ => $"{Actor}: killed after {Call}",
    };
}
