namespace Portability;

/// <summary>The machine that the disks of a workload belong to; a signed part of every snapshot.</summary>
public sealed record MachineDefinition
{
    /// <summary>Memory, in bytes.</summary>
    public long MemoryBytes { get; init; } = 2L << 30;

    /// <summary>Virtual processors.</summary>
    public int ProcessorCount { get; init; } = 2;

    /// <summary>How the machine starts.</summary>
    public FirmwareKind Firmware { get; init; }

    /// <summary>True if the firmware checks signatures of what it starts.</summary>
    public bool SecureBoot { get; init; }

    /// <summary>True if the machine has a trusted platform module.</summary>
    public bool Tpm { get; init; }

    /// <summary>Disk controllers, in the platform's order.</summary>
    public MachineController[] Controllers { get; init; } = [];

    /// <summary>Network adapters, in the platform's order.</summary>
    public MachineNetworkAdapter[] NetworkAdapters { get; init; } = [];

    /// <summary>Variables of the EFI firmware, where they could be had.</summary>
    public EfiVariable[] EfiVariables { get; init; } = [];

    /// <summary>Firmware, processors and memory.</summary>
    /// <returns>Such as `Uefi, 2 processors, 2048 MiB`.</returns>
    public override string ToString() =>
        FormattableString.Invariant($"{Firmware}, {ProcessorCount} processors, {MemoryBytes >> 20} MiB");
}
