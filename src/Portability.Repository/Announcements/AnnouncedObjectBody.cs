using Portability.Repository.Records;

namespace Portability.Repository.Announcements;

/// <summary>Stored form of one announced object.</summary>
internal sealed record AnnouncedObjectBody
{
    public required string Name { get; init; }

    public required long Length { get; init; }

    public required RecordHash Hash { get; init; }
}
