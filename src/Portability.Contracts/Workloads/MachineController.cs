namespace Portability;

/// <summary>A disk controller of a machine.</summary>
public sealed record MachineController
{
    /// <summary>Model in the platform's words, such as `SCSI`, `IDE`, `virtio-blk`.</summary>
    public string Model { get; init; } = string.Empty;

    /// <summary>Number among the controllers of the machine, from 0.</summary>
    public int Number { get; init; }

    /// <summary>Numbers of the workload's disks attached to it, in order of their slots.</summary>
    public int[] DiskNumbers { get; init; } = [];

    /// <summary>Model and number.</summary>
    /// <returns>Such as `SCSI 0`.</returns>
    public override string ToString() => FormattableString.Invariant($"{Model} {Number}");
}
