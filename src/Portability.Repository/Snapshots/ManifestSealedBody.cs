namespace Portability.Repository.Snapshots;

/// <summary>Sealed part of a manifest (FORMAT.md, section 13).</summary>
internal sealed record ManifestSealedBody
{
    public required MachineDefinition Machine { get; init; }

    public required ManifestSealedDiskBody[] Disks { get; init; }
}
