namespace Portability.Repository.Snapshots;

/// <summary>Stored form of what everyone may know of a disk (FORMAT.md, section 13).</summary>
internal sealed record ManifestDiskBody
{
    public required int Number { get; init; }

    public required string Set { get; init; }

    public required long Length { get; init; }

    public required int SectorSize { get; init; }

    public required int PhysicalSectorSize { get; init; }

    public required string Id { get; init; }

    public required int Levels { get; init; }

    public required ManifestRootBody? Root { get; init; }
}
