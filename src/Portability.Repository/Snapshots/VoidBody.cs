namespace Portability.Repository.Snapshots;

/// <summary>Stored form of a void: a number without a snapshot (FORMAT.md, section 13).</summary>
internal sealed record VoidBody
{
    public required Guid Workload { get; init; }

    public required long Number { get; init; }

    public required long Generation { get; init; }
}
