using System.Runtime.ExceptionServices;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Repository.Maintenance;

/// <summary>Finds all manifests of a repository for maintenance. What it has read it does not read again: records never change.</summary>
/// <remarks>FORMAT.md, section 13.</remarks>
internal sealed class ManifestFinder
{
    /// <summary>Most bytes of a manifest that are read.</summary>
    public const int MaximumSize = 130 << 20;

    private const string DamageId = "CannotCollect";

    private readonly OpenRepository repository;
    private readonly Dictionary<BlobName, FoundManifest?> known = [];

    public ManifestFinder(OpenRepository repository) => this.repository = repository;

    /// <summary>Lists all workloads. Tombstones that do not count cover nothing.</summary>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<ManifestListing> ListAsync(CancellationToken cancellationToken)
    {
        var names = new List<(BlobName Name, RepositoryName Parts)>();
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.SnapshotPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts))
            {
                names.Add((entry.Name, parts));
            }
        }

        var covered = new HashSet<(Guid Workload, long Number)>();
        foreach ((_, RepositoryName parts) in names.Where(name => name.Parts.Kind is RepositoryNameKind.Tombstone or RepositoryNameKind.MergedTombstones))
        {
            foreach (Tombstone tombstone in await TombstoneReader.ReadAsync(repository, parts, cancellationToken).ConfigureAwait(false))
            {
                covered.Add((tombstone.Workload, tombstone.Number));
            }
        }

        ILookup<bool, BlobName> manifests = names
            .Where(name => name.Parts.Kind is RepositoryNameKind.Manifest or RepositoryNameKind.Fork)
            .ToLookup(name => covered.Contains((name.Parts.Workload, name.Parts.Number)), name => name.Name);
        return new ManifestListing([.. manifests[false]], [.. manifests[true]]);
    }

    /// <summary>Reads manifests. A damaged one is passed over if one that counts stands under another name of its number: it was put again there.</summary>
    /// <returns>Those that are neither voids nor gone, in the order of the names.</returns>
    /// <exception cref="RepositoryException">`CannotCollect`: one is damaged, so that nobody can tell what it needs.</exception>
    /// <exception cref="PortabilityException">The store failed, or shows fewer trust records than a manifest names.</exception>
    public async Task<IReadOnlyList<FoundManifest>> ReadAsync(IReadOnlyList<BlobName> names, CancellationToken cancellationToken)
    {
        var manifests = new List<FoundManifest>(names.Count);
        var damaged = new List<(BlobName Name, RepositoryException Damage)>();
        foreach (BlobName name in names)
        {
            (FoundManifest? found, RepositoryException? damage) = await LookAsync(name, cancellationToken).ConfigureAwait(false);
            if (found is not null)
            {
                manifests.Add(found);
            }
            else if (damage is not null)
            {
                damaged.Add((name, damage));
            }
        }

        foreach ((BlobName name, RepositoryException damage) in damaged)
        {
            if (!manifests.Exists(manifest => StandsFor(manifest, name)))
            {
                ExceptionDispatchInfo.Throw(damage);
            }
        }

        return manifests;
    }

    /// <summary>Reads what lies under one name.</summary>
    /// <returns>The manifest, or why it does not read (`CannotCollect`); neither for a void, and for what is gone.</returns>
    /// <exception cref="PortabilityException">The store failed, or shows fewer trust records than the manifest names.</exception>
    public async Task<(FoundManifest? Found, RepositoryException? Damage)> LookAsync(BlobName name, CancellationToken cancellationToken)
    {
        try
        {
            return (await TryReadAsync(name, cancellationToken).ConfigureAwait(false), null);
        }
        catch (RepositoryException exception) when (string.Equals(exception.ErrorId, DamageId, StringComparison.Ordinal))
        {
            return (null, exception);
        }
    }

    /// <summary>Makes the error for a manifest that reads, and whose tree does not.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="cause">What is wrong with the tree.</param>
    public static RepositoryException TreeDamaged(FoundManifest manifest, PortabilityException cause) => CannotCollect(
        manifest.Name,
        $"its reference tree does not read: {cause.Message.TrimEnd('.')}",
        "Repair it from a mirror with Sync-WorkloadDelta, or remove the snapshot with Remove-WorkloadSnapshot; then run Optimize-WorkloadRepository again.",
        cause);

    /// <summary>Reads again all that a manifest says.</summary>
    /// <returns>Null if it is gone, or not what it was.</returns>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<SnapshotManifest?> TryReadAllAsync(FoundManifest manifest, CancellationToken cancellationToken)
    {
        byte[]? bytes = await repository.Store.TryReadAllAsync(manifest.Name, MaximumSize, cancellationToken).ConfigureAwait(false);
        return bytes is not null && RecordHash.Of(bytes) == manifest.Hash ? SnapshotManifest.Read(SignedRecord.Parse(bytes, manifest.Name.Value)) : null;
    }

    /// <summary>Tells whether a void lies under a name.</summary>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<bool> IsVoidAsync(BlobName name, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? bytes = await repository.Store.TryReadAllAsync(name, MaximumSize, cancellationToken).ConfigureAwait(false);
            return bytes is not null && SignedRecord.Parse(bytes, name.Value).Kind == RecordKind.Void;
        }
        catch (InvalidFormatException)
        {
            return false;
        }
    }

    private static bool StandsFor(FoundManifest whole, BlobName damaged) =>
        whole.Counts
        && RepositoryNames.TryParse(damaged, out RepositoryName name)
        && RepositoryNames.TryParse(whole.Name, out RepositoryName other)
        && name.Kind == RepositoryNameKind.Manifest
        && other.Kind == RepositoryNameKind.Manifest
        && (name.Workload, name.Number) == (other.Workload, other.Number)
        && (name.Workload, name.Number) == (whole.Manifest.Workload, whole.Manifest.Number);

    private async Task<FoundManifest?> TryReadAsync(BlobName name, CancellationToken cancellationToken)
    {
        if (known.TryGetValue(name, out FoundManifest? found))
        {
            return found;
        }

        try
        {
            byte[]? bytes = await repository.Store.TryReadAllAsync(name, MaximumSize, cancellationToken).ConfigureAwait(false);
            if (bytes is null)
            {
                return null;
            }

            SignedRecord record = SignedRecord.Parse(bytes, name.Value);
            if (record.Kind != RecordKind.Void)
            {
                record.Require(RecordKind.Manifest, repository.Id);
                found = await JudgeAsync(name, record, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            throw CannotCollect(name, exception.Message.TrimEnd('.'), AdviceFor(name), exception);
        }

        known.Add(name, found);
        return found;
    }

    private async Task<FoundManifest> JudgeAsync(BlobName name, SignedRecord record, CancellationToken cancellationToken)
    {
        SnapshotManifest manifest = SnapshotManifest.Read(record);
        bool counts = repository.Trust.Counts(record, SignerRights.Capture, manifest.Workload, manifest.Number);
        if (!counts || manifest.Trust > repository.Trust.Number)
        {
            await repository.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
            counts = repository.Trust.Counts(record, SignerRights.Capture, manifest.Workload, manifest.Number);
        }

        if (counts)
        {
            repository.RequireTrust(manifest.Trust);
        }
        else if (repository.Trust.FindSigner(record.Signer) is { } signer && !record.IsSignedBy(signer.Key))
        {
            throw CannotCollect(name, "its signature is wrong", AdviceFor(name), null);
        }

        // Disks and tags are not needed here, and thousands of manifests are kept.
        SnapshotManifest small = manifest with { Disks = [], Tags = [], Name = string.Empty };
        return new FoundManifest(name, record.Hash, small, counts, record.Signer);
    }

    private static string AdviceFor(BlobName name)
    {
        string instead = RepositoryNames.TryParse(name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.Manifest
            ? FormattableString.Invariant($"give it up with Remove-WorkloadSnapshot -Damaged -Repository $repo -Name {parts.Workload:D} -Sequence {parts.Number}")
            : "delete this object of the store";
        return $"Repair it from a mirror with Sync-WorkloadDelta; if no mirror has it, {instead}.";
    }

    private static RepositoryException CannotCollect(BlobName name, string fact, string advice, Exception? cause) => new(
        DamageId,
        ErrorKind.Integrity,
        $"Failed to tell what '{name}' needs: {fact}.",
        advice,
        name.Value,
        innerException: cause);
}
