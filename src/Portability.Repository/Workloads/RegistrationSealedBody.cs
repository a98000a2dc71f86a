namespace Portability.Repository.Workloads;

/// <summary>Sealed part of a registration (FORMAT.md, section 14).</summary>
internal sealed record RegistrationSealedBody
{
    public required RegistrationDiskBody[] Disks { get; init; }

    public required MachineDefinition Machine { get; init; }
}
