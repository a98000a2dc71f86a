using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Repository.Maintenance;

/// <summary>A number of a workload whose manifest shall be given up because it does not read under any name. Used once.</summary>
/// <remarks>FORMAT.md, section 13, "Giving up a damaged manifest".</remarks>
internal sealed class DamagedNumber
{
    private readonly OpenRepository repository;
    private readonly Guid workload;
    private readonly long number;
    private readonly string name;
    private readonly ManifestFinder finder;

    /// <summary>Initialises it.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="number">The number.</param>
    /// <param name="name">What the workload is called, for messages.</param>
    public DamagedNumber(OpenRepository repository, Guid workload, long number, string name)
    {
        this.repository = repository;
        this.workload = workload;
        this.number = number;
        this.name = name;
        finder = new ManifestFinder(repository);
    }

    private string Title => FormattableString.Invariant($"snapshot {number} of '{name}' in '{repository.Store.Location}'");

    /// <summary>Refuses where the number does not stand, or something under one of its names reads.</summary>
    /// <exception cref="RepositoryException">`SnapshotNotFound`, `SnapshotNotDamaged`.</exception>
    /// <exception cref="PortabilityException">The store failed.</exception>
    public async Task RequireAsync(CancellationToken cancellationToken)
    {
        SnapshotSequence sequence = await SnapshotSequence.ReadAsync(repository, workload, cancellationToken).ConfigureAwait(false);
        bool isDamaged = false;
        foreach (BlobName place in sequence.NamesOf(number))
        {
            // Read again at each look: what a finder has read it keeps.
            (FoundManifest? found, RepositoryException? damage) = await new ManifestFinder(repository).LookAsync(place, cancellationToken).ConfigureAwait(false);
            if (found is not null)
            {
                throw NotDamaged(place, found.Manifest);
            }

            if (damage is not null && await ReadOtherAsync(place, cancellationToken).ConfigureAwait(false) is { } other)
            {
                throw NotDamaged(place, other);
            }

            isDamaged |= damage is not null;
        }

        if (!isDamaged)
        {
            throw new RepositoryException(
                "SnapshotNotFound",
                ErrorKind.NotFound,
                $"Failed to give up {Title}: no manifest of it is there.",
                "Look for what is damaged with Test-WorkloadRepository.",
                name);
        }
    }

    /// <summary>Hash that its manifest had, as snapshots say that were captured after it.</summary>
    /// <returns>Empty where none says it, or where they do not agree.</returns>
    /// <exception cref="PortabilityException">The store failed.</exception>
    public async Task<RecordHash> FindHashAsync(CancellationToken cancellationToken)
    {
        RecordHash[] told = [.. (await ReadAllAsync(cancellationToken).ConfigureAwait(false))
            .Where(found => found.Counts && found.Manifest.Workload == workload && found.Manifest.ParentNumber == number)
            .Select(found => found.Manifest.ParentHash)
            .Distinct()];
        return told.Length == 1 ? told[0] : default;
    }

    /// <summary>A living lease that may be on it: one that puts it again, or pins a snapshot which no manifest that reads describes.</summary>
    /// <exception cref="PortabilityException">The store failed.</exception>
    public async Task<LeaseState?> FindHolderAsync(CancellationToken cancellationToken)
    {
        LeaseState[] living = [.. (await LeaseDirectory.ListAsync(repository, cancellationToken).ConfigureAwait(false)).Where(lease => !lease.IsEnded)];
        if (Array.Find(living, TakesIt) is { } repairing)
        {
            return repairing;
        }

        if (!Array.Exists(living, lease => lease.Pins.Length > 0))
        {
            return null;
        }

        HashSet<Guid> described = [.. (await ReadAllAsync(cancellationToken).ConfigureAwait(false)).Select(found => found.Manifest.Snapshot)];
        return Array.Find(living, lease => !Array.TrueForAll(lease.Pins, described.Contains));
    }

    /// <summary>Makes the error for a number that somebody may be on.</summary>
    /// <param name="holder">The lease.</param>
    public RepositoryLockedException Pinned(LeaseState holder)
    {
        string who = holder.Holder.Length > 0 ? holder.Holder : repository.Trust.FindSigner(holder.Signer)?.Name ?? "another process";
        string fact = TakesIt(holder) ? "puts it again" : "reads a snapshot that no manifest describes, which may be this one";
        return new RepositoryLockedException(
            "SnapshotPinned",
            ErrorKind.Locked,
            $"Failed to give up {Title}: {who} {fact} ({holder.Kind}, lease {holder.Lease}).",
            "Wait until that has ended, and run Remove-WorkloadSnapshot again.",
            name,
            isTransient: true);
    }

    private bool TakesIt(LeaseState lease) =>
        lease.Takes is { } takes
        && RepositoryNames.TryParse(takes, out RepositoryName parts)
        && parts.Kind == RepositoryNameKind.Manifest
        && (parts.Workload, parts.Number) == (workload, number);

    private async Task<List<FoundManifest>> ReadAllAsync(CancellationToken cancellationToken)
    {
        ManifestListing listing = await finder.ListAsync(cancellationToken).ConfigureAwait(false);
        var all = new List<FoundManifest>();
        foreach (BlobName place in listing.Standing.Concat(listing.Removed))
        {
            if ((await finder.LookAsync(place, cancellationToken).ConfigureAwait(false)).Found is { } found)
            {
                all.Add(found);
            }
        }

        return all;
    }

    // A whole record of another kind that was put in the manifest's place.
    private async Task<string?> ReadOtherAsync(BlobName place, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? bytes = await repository.Store.TryReadAllAsync(place, ManifestFinder.MaximumSize, cancellationToken).ConfigureAwait(false);
            if (bytes is null)
            {
                return null;
            }

            SignedRecord record = SignedRecord.Parse(bytes, place.Value);
            VerificationKey? key = repository.Trust.FindSigner(record.Signer)?.Key
                ?? repository.Trust.Owners.FirstOrDefault(owner => owner.Fingerprint == record.Signer)?.Key
                ?? repository.Instance?.ReceiptKey;
            return record.Kind != RecordKind.Manifest && key is not null && record.IsSignedBy(key) ? $"a {record.Kind} record" : null;
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            return null; // no record at all
        }
    }

    private RepositoryException NotDamaged(BlobName place, SnapshotManifest found) => (found.Workload, found.Number) == (workload, number)
        ? NotDamaged(
            $"its manifest reads, as '{place}'",
            "Remove it with Get-WorkloadSnapshot and Remove-WorkloadSnapshot; if it is not listed, see Test-WorkloadRepository.")
        : NotDamaged(place, FormattableString.Invariant($"snapshot {found.Number} of workload {found.Workload:D}"));

    private RepositoryException NotDamaged(BlobName place, string found) => NotDamaged(
        $"'{place}' holds {found}, of which it may be the only copy", "Repair the repository from a mirror with Sync-WorkloadDelta.", place);

    private RepositoryException NotDamaged(string fact, string action, BlobName? place = null) => new(
        "SnapshotNotDamaged", ErrorKind.InvalidInput, $"Failed to give up {Title}: {fact}.", action, place?.Value ?? name);
}
