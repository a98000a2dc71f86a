using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Records;

namespace Portability.Repository.Leases;

/// <summary>A lease as its newest beat shows it. Immutable.</summary>
/// <remarks>FORMAT.md, section 13.</remarks>
public sealed record LeaseState
{
    /// <summary>Its id.</summary>
    public required RecordId Lease { get; init; }

    /// <summary>Number of the newest beat, from 0.</summary>
    public required long Beat { get; init; }

    /// <summary>What it is held for.</summary>
    public required LeaseKind Kind { get; init; }

    /// <summary>The manifest name that its holder will take, or null.</summary>
    public required BlobName? Takes { get; init; }

    /// <summary>Snapshots that count as live while it is held.</summary>
    public required Guid[] Pins { get; init; }

    /// <summary>Highest condemned generation whose lists its holder has honoured.</summary>
    public required long Generation { get; init; }

    /// <summary>True if it has ended.</summary>
    public required bool IsEnded { get; init; }

    /// <summary>Who holds it, for people: machine and process; may be empty.</summary>
    public required string Holder { get; init; }

    /// <summary>Fingerprint of the key that signed the beat.</summary>
    public required KeyFingerprint Signer { get; init; }

    /// <summary>Reads a beat; whether its signer had a right is the trust chain's to say.</summary>
    /// <param name="record">The record.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="lease">Lease that its name tells.</param>
    /// <param name="beat">Beat that its name tells.</param>
    /// <exception cref="PortabilityException">It breaks the format or is not what its name says.</exception>
    public static LeaseState Read(SignedRecord record, Guid repositoryId, RecordId lease, long beat)
    {
        record.Require(RecordKind.Lease, repositoryId);
        LeaseBody body = record.ReadBody(LeaseJson.Default.LeaseBody);
        if (body.Lease != lease || body.Beat != beat || body.Generation < 0)
        {
            throw new IntegrityException(
                "RecordExchanged",
                FormattableString.Invariant($"Failed to read '{record.Name}': it is beat {body.Beat} of lease {body.Lease}."),
                "Find out who writes to this store beside WorkloadPortability, then run Test-WorkloadRepository.",
                record.Name);
        }

        return new LeaseState
        {
            Lease = lease,
            Beat = beat,
            Kind = body.Kind,
            Takes = body.Takes is not null && BlobName.TryParse(body.Takes, out BlobName takes) ? takes : null,
            Pins = body.Pins ?? [],
            Generation = body.Generation,
            IsEnded = body.Ended,
            Holder = body.Holder ?? string.Empty,
            Signer = record.Signer,
        };
    }

    /// <summary>Signs this state as the lease's beat.</summary>
    /// <param name="signer">Signs.</param>
    public SignedRecord Sign(RecordSigner signer) => signer.Sign(
        RecordKind.Lease,
        new LeaseBody
        {
            Lease = Lease,
            Beat = Beat,
            Kind = Kind,
            Takes = Takes?.Value,
            Pins = Pins,
            Generation = Generation,
            Ended = IsEnded,
            Holder = Holder,
        },
        LeaseJson.Default.LeaseBody);
}
