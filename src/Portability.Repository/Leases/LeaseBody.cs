using Portability.Repository.Records;

namespace Portability.Repository.Leases;

/// <summary>Stored form of one beat of a lease (FORMAT.md, section 13).</summary>
internal sealed record LeaseBody
{
    public required RecordId Lease { get; init; }

    public required long Beat { get; init; }

    public required LeaseKind Kind { get; init; }

    public string? Takes { get; set; }

    public Guid[]? Pins { get; set; }

    public required long Generation { get; init; }

    public required bool Ended { get; init; }

    public string? Holder { get; set; }
}
