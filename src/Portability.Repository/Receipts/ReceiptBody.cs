using Portability.Repository.Records;

namespace Portability.Repository.Receipts;

/// <summary>Stored form of a mirror's receipt (FORMAT.md, section 15).</summary>
internal sealed record ReceiptBody
{
    public required Guid Workload { get; init; }

    public required long Number { get; init; }

    public required Guid Snapshot { get; init; }

    public required RecordHash Hash { get; init; }

    public required Guid Instance { get; init; }

    public required DateTime Received { get; init; }

    public required long Objects { get; init; }

    public required long Bytes { get; init; }
}
