using Portability.Repository.Records;

namespace Portability.Repository.Repositories;

/// <summary>Stored form of `repository.json` (FORMAT.md, section 4).</summary>
internal sealed record ConfigurationBody
{
    public required int Format { get; init; }

    public required Guid Id { get; init; }

    public required int Suite { get; init; }

    public required int BlockSize { get; init; }

    public required string Dedup { get; init; }

    public required bool PadPacks { get; init; }

    public required RecordHash Random { get; init; }
}
