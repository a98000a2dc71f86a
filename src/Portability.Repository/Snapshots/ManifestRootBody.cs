using Portability.Repository.Records;

namespace Portability.Repository.Snapshots;

/// <summary>Stored form of the root of a block map (FORMAT.md, sections 10 and 13).</summary>
internal sealed record ManifestRootBody
{
    public required RecordHash Object { get; init; }

    public required uint Node { get; init; }

    public required uint Offset { get; init; }

    public required uint Length { get; init; }

    public required RecordHash Hash { get; init; }
}
