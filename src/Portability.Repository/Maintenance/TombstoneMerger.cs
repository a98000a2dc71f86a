using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Repository.Maintenance;

/// <summary>Merges the tombstones of a workload into one record once there are many. The merged one stands before single ones go.</summary>
/// <remarks>FORMAT.md, section 13.</remarks>
internal sealed class TombstoneMerger
{
    /// <summary>Single tombstones and voids that are left to lie before they are merged.</summary>
    public const int MergeAt = 64;

    private readonly OpenRepository repository;
    private readonly RecordSigner signer;
    private readonly Guid instance;

    /// <summary>Initialises a merger.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="signer">A key that may remove.</param>
    /// <param name="instance">The store.</param>
    public TombstoneMerger(OpenRepository repository, RecordSigner signer, Guid instance)
    {
        this.repository = repository;
        this.signer = signer;
        this.instance = instance;
    }

    /// <summary>Merges, if there are enough single tombstones; voids, which are found by reading all manifests, are merged with them.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="cancellationToken">Gives up; what covers a number stands all the time.</param>
    /// <exception cref="PortabilityException">The store failed.</exception>
    public async Task MergeAsync(Guid workload, CancellationToken cancellationToken)
    {
        SnapshotSequence sequence = await SnapshotSequence.ReadAsync(repository, workload, cancellationToken).ConfigureAwait(false);
        int single = sequence.TombstoneNames.Count(name => name.Kind == RepositoryNameKind.Tombstone);
        if (single < MergeAt)
        {
            return;
        }

        List<long> voids = await FindVoidsAsync(sequence, cancellationToken).ConfigureAwait(false);

        TombstoneBody[] bodies =
        [
            .. sequence.Tombstones.Select(item => Body(item.Workload, item.Number, item.Hash, item.ParentHash, item.ParentNumber))
                .Concat(voids.Select(number => Body(workload, number, default, default, 0)))
                .OrderBy(body => body.Number),
        ];
        var merged = new MergedTombstonesBody { Workload = workload, From = bodies[0].Number, To = bodies[^1].Number, Instance = instance, Tombstones = bodies };
        BlobName name = RepositoryNames.MergedTombstones(workload, merged.From, merged.To);
        SignedRecord record = signer.Sign(RecordKind.MergedTombstones, merged, TombstoneJson.Default.MergedTombstonesBody);
        if (await repository.Store.PutIfAbsentAsync(name, record.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Created)
        {
            await DropCoveredAsync(sequence, voids, name, cancellationToken).ConfigureAwait(false);
        }
    }

    private TombstoneBody Body(Guid workload, long number, RecordHash hash, RecordHash parentHash, long parentNumber) => new()
    {
        Workload = workload,
        Number = number,
        Instance = instance,
        Hash = hash,
        ParentHash = parentHash,
        ParentNumber = parentNumber,
        Reason = string.Empty,
    };

    // Numbers under which a void lies and no manifest.
    private async Task<List<long>> FindVoidsAsync(SnapshotSequence sequence, CancellationToken cancellationToken)
    {
        var voids = new List<long>();
        var finder = new ManifestFinder(repository);
        foreach (IGrouping<long, (long Number, BlobName Name)> names in sequence.Names.GroupBy(item => item.Number))
        {
            bool empty = true;
            foreach ((_, BlobName name) in names)
            {
                empty &= await finder.IsVoidAsync(name, cancellationToken).ConfigureAwait(false);
            }

            if (empty)
            {
                voids.Add(names.Key);
            }
        }

        return voids;
    }

    private async Task DropCoveredAsync(SnapshotSequence sequence, List<long> voids, BlobName merged, CancellationToken cancellationToken)
    {
        // Only what counted was taken over; what does not count stays for checks to report.
        var covered = sequence.Tombstones.Select(item => item.Number).ToHashSet();
        foreach (RepositoryName name in sequence.TombstoneNames)
        {
            BlobName place = name.Kind == RepositoryNameKind.Tombstone
                ? RepositoryNames.Tombstone(name.Workload, name.Number)
                : RepositoryNames.MergedTombstones(name.Workload, name.Number, name.Last);
            Tombstone[] content = await TombstoneReader.ReadAsync(repository, name, cancellationToken).ConfigureAwait(false);
            if (place != merged && content.Length > 0 && content.All(item => covered.Contains(item.Number)))
            {
                await repository.Store.DeleteAsync(place, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach ((long number, BlobName name) in sequence.Names.Where(item => voids.Contains(item.Number)))
        {
            await repository.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        }
    }
}
