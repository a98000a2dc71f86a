namespace Portability.Repository.Leases;

/// <summary>How long something was seen not to change (FORMAT.md, section 13).</summary>
internal sealed record WaitedBody
{
    /// <summary>What it stood at: the beat of a lease, the length of a temporary object.</summary>
    public required long At { get; init; }

    /// <summary>For how long, in milliseconds of collectors' own clocks.</summary>
    public required long WaitedMs { get; init; }
}
