namespace Portability.Engine.Workloads;

/// <summary>What a user says of a machine; what is null is decided from the disks, kept as it was, or a default.</summary>
public sealed record MachineOptions
{
    /// <summary>Memory in bytes; 2 GiB when nobody says.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Virtual processors; 2 when nobody says.</summary>
    public int? ProcessorCount { get; init; }

    /// <summary>How it starts; from the disks when nobody says.</summary>
    public FirmwareKind? Firmware { get; init; }

    /// <summary>Whether the firmware checks signatures of what it starts.</summary>
    public bool? SecureBoot { get; init; }

    /// <summary>Whether it has a trusted platform module.</summary>
    public bool? Tpm { get; init; }

    /// <summary>Network adapters, in the platform's order.</summary>
    public MachineNetworkAdapter[]? NetworkAdapters { get; init; }

    /// <summary>Makes the definition.</summary>
    /// <param name="before">What was known before, or null.</param>
    /// <param name="fromDisks">How the disks say that the machine starts, or null where they were not looked at.</param>
    /// <exception cref="RepositoryException">`MachineInvalid`.</exception>
    internal MachineDefinition Resolve(MachineDefinition? before, FirmwareKind? fromDisks)
    {
        MachineDefinition known = before ?? new MachineDefinition();
        MachineDefinition made = known with
        {
            MemoryBytes = MemoryBytes ?? known.MemoryBytes,
            ProcessorCount = ProcessorCount ?? known.ProcessorCount,
            Firmware = Firmware ?? fromDisks ?? known.Firmware,
            SecureBoot = SecureBoot ?? known.SecureBoot,
            Tpm = Tpm ?? known.Tpm,
            NetworkAdapters = NetworkAdapters ?? known.NetworkAdapters,
        };
        if (made.MemoryBytes <= 0 || made.ProcessorCount <= 0)
        {
            throw Invalid(FormattableString.Invariant($"{made.ProcessorCount} processors and {made.MemoryBytes} bytes of memory"), "Give -Memory and -ProcessorCount above 0.");
        }

        return made.SecureBoot && made.Firmware == FirmwareKind.Bios
            ? throw Invalid("secure boot with BIOS firmware", "Give -Firmware Uefi, or leave out -SecureBoot.")
            : made;
    }

    private static RepositoryException Invalid(string fact, string action) => new(
        "MachineInvalid", ErrorKind.InvalidInput, $"Failed to define the machine: {fact} is not possible.", action);
}
