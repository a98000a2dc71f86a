using Portability.Repository.Keys;
using Portability.Repository.Records;

namespace Portability.Repository.Workloads;

/// <summary>What is kept of a workload beside its snapshots: its disks, where they are captured from, and its machine. Immutable.</summary>
/// <remarks>FORMAT.md, section 14.</remarks>
public sealed record WorkloadRegistration
{
    private const string BootSet = "boot";
    private const string DataSet = "data";
    private const int MaximumDisks = 4096;

    /// <summary>The workload.</summary>
    public required Guid Workload { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Position among the registrations of the workload, from 1; the highest counts.</summary>
    public required long Number { get; init; }

    /// <summary>When it was made, UTC, by its writer's clock.</summary>
    public required DateTime Created { get; init; }

    /// <summary>True if it takes the workload's registration away.</summary>
    public bool IsRemoved { get; init; }

    /// <summary>Disks in the order of their numbers; empty without a key.</summary>
    public WorkloadDiskSource[] Disks { get; init; } = [];

    /// <summary>The machine; the defaults without a key.</summary>
    public MachineDefinition Machine { get; init; } = new();

    /// <summary>Reads a registration; whether its signer had the right is the trust chain's to say.</summary>
    /// <param name="record">The record, of kind <see cref="RecordKind.Registration"/>.</param>
    /// <param name="workload">The workload that its name tells.</param>
    /// <param name="number">The number that its name tells.</param>
    /// <param name="keyring">Keys, or null to leave the sealed part.</param>
    /// <exception cref="PortabilityException">It breaks the format, is not what its name says, or does not open.</exception>
    public static WorkloadRegistration Read(SignedRecord record, Guid workload, long number, Keyring? keyring)
    {
        RegistrationBody body = record.ReadBody(RegistrationJson.Default.RegistrationBody);
        if (body.Workload != workload || body.Number != number)
        {
            throw new IntegrityException(
                "RecordExchanged",
                FormattableString.Invariant($"Failed to read '{record.Name}': it is registration {body.Number} of workload {body.Workload:D}."),
                "Repair the repository from a mirror with Sync-WorkloadDelta.",
                record.Name);
        }

        var read = new WorkloadRegistration
        {
            Workload = body.Workload,
            Name = body.Name,
            Number = body.Number,
            Created = body.Created,
            IsRemoved = body.Removed,
        };
        if (keyring is null || !record.HasSealedPart)
        {
            return read;
        }

        RegistrationSealedBody details = record.ReadSealed(keyring, RegistrationJson.Default.RegistrationSealedBody);
        return read with { Disks = ReadDisks(details.Disks, record.Name), Machine = MachineReading.Complete(details.Machine, record.Name) };
    }

    /// <summary>Signs the registration.</summary>
    /// <param name="signer">Signs.</param>
    /// <param name="keyring">Keys that seal disks and machine.</param>
    public SignedRecord Sign(RecordSigner signer, Keyring keyring) => signer.Sign(
        RecordKind.Registration,
        new RegistrationBody { Workload = Workload, Name = Name, Number = Number, Created = Created, Removed = IsRemoved },
        RegistrationJson.Default.RegistrationBody,
        keyring,
        new RegistrationSealedBody { Disks = [.. Disks.Select(ToBody)], Machine = Machine },
        RegistrationJson.Default.RegistrationSealedBody);

    private static RegistrationDiskBody ToBody(WorkloadDiskSource disk) => new()
    {
        Number = disk.Number,
        Set = disk.Role == DiskRole.Boot ? BootSet : DataSet,
        Path = disk.Path,
        ParentPath = disk.ParentPath,
        Format = disk.Format,
    };

    private static WorkloadDiskSource[] ReadDisks(RegistrationDiskBody[] disks, string? name)
    {
        if (disks.Length > MaximumDisks || disks.Any(disk => disk is null || disk.Number is < 0 or >= MaximumDisks || disk.Set is not (BootSet or DataSet)))
        {
            throw new InvalidFormatException("repository", "registration", -1, "a disk has no valid number or set", "FORMAT.md 14", name);
        }

        return
        [
            .. disks.OrderBy(disk => disk.Number).Select(disk => new WorkloadDiskSource
            {
                Number = disk.Number,
                Role = string.Equals(disk.Set, BootSet, StringComparison.Ordinal) ? DiskRole.Boot : DiskRole.Data,
                Path = disk.Path,
                ParentPath = disk.ParentPath,
                Format = disk.Format,
            }),
        ];
    }
}
