using Portability.Repository.Records;

namespace Portability.Repository.Snapshots;

/// <summary>Stored form of the root of a reference tree (FORMAT.md, sections 11 and 13).</summary>
internal sealed record ManifestReferencesBody
{
    public required RecordHash Object { get; init; }

    public required long Length { get; init; }

    public required RecordHash Hash { get; init; }

    public required long RootOffset { get; init; }

    public required int RootLength { get; init; }

    public required RecordHash RootHash { get; init; }

    public required int Level { get; init; }

    public required long Count { get; init; }
}
