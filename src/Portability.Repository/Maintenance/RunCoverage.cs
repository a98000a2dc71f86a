using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Maintenance;

/// <summary>Tells which runs are needless: they cover no pack that is needed and that no other run covers. Needs no key.</summary>
/// <remarks>FORMAT.md, sections 12 and 13.</remarks>
internal sealed class RunCoverage
{
    private readonly OpenRepository repository;
    private readonly StoredObjects objects;
    private readonly Dictionary<ObjectId, Cover> covers = [];

    public RunCoverage(OpenRepository repository)
    {
        this.repository = repository;
        objects = new StoredObjects(repository.Store);
    }

    /// <summary>Finds the runs that may go and are needless, given that all others stay.</summary>
    /// <param name="runs">All runs that are there.</param>
    /// <param name="mayGo">Those that may go.</param>
    /// <param name="live">What manifests need.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<HashSet<ObjectId>> FindNeedlessAsync(
        IReadOnlyCollection<CensusEntry> runs, Func<CensusEntry, bool> mayGo, LiveObjects live, CancellationToken cancellationToken)
    {
        var all = new List<(ObjectId Id, bool MayGo, Cover Cover)>();
        foreach (IGrouping<ObjectId, CensusEntry> run in runs.GroupBy(run => run.Id))
        {
            all.Add((run.Key, run.All(mayGo), await CoverAsync(run, cancellationToken).ConfigureAwait(false)));
        }

        // Those that stay anyway first, then those that count, then the large ones: the small ones that were merged into them are needless.
        var covered = new HashSet<ObjectId>();
        var needless = new HashSet<ObjectId>();
        foreach ((ObjectId id, bool free, Cover cover) in all.OrderBy(run => run.MayGo).ThenByDescending(run => run.Cover.Counts).ThenByDescending(run => run.Cover.Packs.Length).ThenBy(run => run.Id))
        {
            ObjectId[] needed = [.. cover.Packs.Where(pack => live.Contains(pack) && !covered.Contains(pack))];
            if (free && needed.Length == 0)
            {
                needless.Add(id);
            }

            if (cover.Counts)
            {
                covered.UnionWith(needed);
            }
        }

        return needless;
    }

    /// <summary>Reads which packs a run covers; its signature is checked once.</summary>
    /// <param name="copies">All copies of the run.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<Cover> CoverAsync(IEnumerable<CensusEntry> copies, CancellationToken cancellationToken)
    {
        ObjectId id = copies.First().Id;
        if (covers.TryGetValue(id, out Cover? known))
        {
            return known;
        }

        Cover? read = null;
        foreach (CensusEntry copy in copies)
        {
            try
            {
                (_, KeyFingerprint signer, ObjectId[] found) = await LocationRun.ReadCoverageAsync(objects, repository.Id, id, copy.Name, cancellationToken).ConfigureAwait(false);
                var cover = new Cover(copy.Name, found, await CountsAsync(copy, signer, cancellationToken).ConfigureAwait(false));
                read ??= cover;
                if (cover.Counts)
                {
                    read = cover;
                    break;
                }
            }
            catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException or UnsupportedFeatureException or StorageException { ErrorId: "ObjectNotFound" })
            {
                // A copy that cannot be read covers nothing; the next one may.
            }
        }

        if (read is not null)
        {
            covers.Add(id, read);
        }

        return read ?? new Cover(copies.First().Name, [], false);
    }

    // A run of a key without the right takes no other's place.
    private async Task<bool> CountsAsync(CensusEntry copy, KeyFingerprint signer, CancellationToken cancellationToken)
    {
        if (repository.Trust.FindSigner(signer) is not { } known || !await LocationRun.IsSignedByAsync(objects, copy.Name, known.Key, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        const SignerRights Enough = SignerRights.Capture | SignerRights.Compact;
        if (known.Grants.Exists(grant => grant.Stands && (grant.Rights & Enough) != SignerRights.None))
        {
            return true;
        }

        byte[]? bytes = await repository.Store.TryReadAllAsync(copy.Name, int.MaxValue, cancellationToken).ConfigureAwait(false);
        RecordHash hash = bytes is null ? default : RecordHash.Of(bytes);
        return repository.Trust.HasRight(signer, SignerRights.Capture, record: hash) || repository.Trust.HasRight(signer, SignerRights.Compact, record: hash);
    }

    /// <summary>What a run covers.</summary>
    /// <param name="Name">The copy that was read.</param>
    /// <param name="Packs">The packs.</param>
    /// <param name="Counts">True if its signer has the right.</param>
    internal sealed record Cover(BlobName Name, ObjectId[] Packs, bool Counts);
}
