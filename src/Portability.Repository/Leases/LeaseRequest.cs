using Portability.Repository.Backends;

namespace Portability.Repository.Leases;

/// <summary>What a lease is asked for.</summary>
public sealed record LeaseRequest
{
    /// <summary>What it is held for.</summary>
    public required LeaseKind Kind { get; init; }

    /// <summary>The name whose put will be the commit; null where there is none, or where <see cref="WriterLease.PrepareCommitAsync(BlobName, CancellationToken)"/> takes one after the other.</summary>
    public BlobName? Takes { get; init; }

    /// <summary>Snapshots that count as live while it is held.</summary>
    public Guid[] Pins { get; init; } = [];

    /// <summary>Who holds it, for people: machine and process.</summary>
    public string Holder { get; init; } = string.Empty;
}
