using Portability.Repository.Records;

namespace Portability.Repository.Workloads;

/// <summary>Says that a workload has moved: from now on captures go to another store. Immutable.</summary>
/// <remarks>FORMAT.md, section 15.</remarks>
public sealed record HomeRecord
{
    /// <summary>The workload.</summary>
    public required Guid Workload { get; init; }

    /// <summary>How often it has moved, from 1; the highest counts.</summary>
    public required long Counter { get; init; }

    /// <summary>The store that is its home from now on.</summary>
    public required Guid Instance { get; init; }

    /// <summary>Number of the last snapshot that it moved with; 0 for none.</summary>
    public required long Number { get; init; }

    /// <summary>SHA-256 of that snapshot's manifest; empty for none.</summary>
    public RecordHash ParentHash { get; init; }

    /// <summary>Reads a home record; whether its signer had the right is the trust chain's to say.</summary>
    /// <param name="record">The record.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="workload">The workload that its name tells.</param>
    /// <param name="counter">The counter that its name tells.</param>
    /// <exception cref="PortabilityException">It breaks the format or is not what its name says.</exception>
    public static HomeRecord Read(SignedRecord record, Guid repositoryId, Guid workload, long counter)
    {
        record.Require(RecordKind.Home, repositoryId);
        HomeBody body = record.ReadBody(RegistrationJson.Default.HomeBody);
        if (body.Workload != workload || body.Counter != counter)
        {
            throw new IntegrityException(
                "RecordExchanged",
                FormattableString.Invariant($"Failed to read '{record.Name}': it is home record {body.Counter} of workload {body.Workload:D}."),
                "Repair the repository from a mirror with Sync-WorkloadDelta.",
                record.Name);
        }

        return body.Counter >= 1 && body.Instance != Guid.Empty && body.Number is >= 0 and <= RepositoryNames.MaximumNumber && (body.Number == 0) == body.ParentHash.IsEmpty
            ? new HomeRecord { Workload = workload, Counter = counter, Instance = body.Instance, Number = body.Number, ParentHash = body.ParentHash }
            : throw new InvalidFormatException(
                "repository",
                "home record",
                -1,
                FormattableString.Invariant($"counter {body.Counter}, number {body.Number}, instance {body.Instance:D} and the hash do not fit each other"),
                "FORMAT.md 15",
                record.Name);
    }

    /// <summary>Signs the record.</summary>
    /// <param name="signer">A signer with `capture` for the workload.</param>
    public SignedRecord Sign(RecordSigner signer) => signer.Sign(
        RecordKind.Home,
        new HomeBody { Workload = Workload, Counter = Counter, Instance = Instance, Number = Number, ParentHash = ParentHash },
        RegistrationJson.Default.HomeBody);
}
