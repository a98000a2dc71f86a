using Portability.Repository.Records;

namespace Portability.Repository.Announcements;

/// <summary>Stored form of an announcement (FORMAT.md, section 15).</summary>
internal sealed record AnnouncementBody
{
    public required RecordId Lease { get; init; }

    public required AnnouncedObjectBody[] Objects { get; init; }
}
