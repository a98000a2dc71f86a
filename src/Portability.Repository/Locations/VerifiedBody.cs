using Portability.Repository.Records;

namespace Portability.Repository.Locations;

/// <summary>Stored form of a verified record (FORMAT.md, section 12).</summary>
internal sealed record VerifiedBody
{
    public required string Object { get; init; }

    public required string Set { get; init; }

    public required long Length { get; init; }

    public required RecordHash Hash { get; init; }
}
