using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Maintenance;

/// <summary>A collector's own condemned list: made under the next generation, told when it is swept. One caller at a time.</summary>
/// <remarks>FORMAT.md, section 13.</remarks>
internal sealed class CondemnedGeneration
{
    private const int Tries = 100;

    private readonly OpenRepository repository;
    private readonly RecordSigner signer;
    private readonly RecordId collector;
    private long records = 1;

    private CondemnedGeneration(OpenRepository repository, RecordSigner signer, RecordId collector, long number)
    {
        this.repository = repository;
        this.signer = signer;
        this.collector = collector;
        Number = number;
    }

    /// <summary>The generation.</summary>
    public long Number { get; }

    /// <summary>Makes a list.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="signer">The collector's key.</param>
    /// <param name="collector">Id of this run.</param>
    /// <param name="objects">Copies that are condemned.</param>
    /// <param name="waited">How long others were seen to stand still.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RepositoryLockedException">`CollectorsCollide`.</exception>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task<CondemnedGeneration> MakeAsync(
        OpenRepository repository, RecordSigner signer, RecordId collector, IEnumerable<BlobName> objects, WaitedTimes waited, CancellationToken cancellationToken)
    {
        string[] names = [.. objects.Select(name => name.Value)];
        for (int tried = 0; tried < Tries; tried++)
        {
            long highest = await HighestAsync(repository.Store, cancellationToken).ConfigureAwait(false);
            SignedRecord record = Sign(signer, collector, highest + 1, names, waited, swept: false);
            BlobName name = RepositoryNames.Condemned(highest + 1, 0);
            if (!await TryPutAsync(repository.Store, name, record, cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            // Between the look and the put others may have made this generation and later ones and dropped it again: a writer that noted a later one has not
            // heeded this. Nothing is dropped but below a higher one, so a higher one stands ever after.
            if (await HighestAsync(repository.Store, cancellationToken).ConfigureAwait(false) == highest + 1)
            {
                return new CondemnedGeneration(repository, signer, collector, highest + 1);
            }

            await repository.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        }

        throw new RepositoryLockedException(
            "CollectorsCollide",
            ErrorKind.Locked,
            FormattableString.Invariant($"Failed to collect in '{repository.Store.Location}': other collections were faster {Tries} times."),
            "Run one Optimize-WorkloadRepository at a time.",
            repository.Store.Location,
            isTransient: true);
    }

    /// <summary>Notes how long others were seen to stand still.</summary>
    public Task NoteAsync(WaitedTimes waited, CancellationToken cancellationToken) => AddAsync(waited, swept: false, cancellationToken);

    /// <summary>Says that nothing of the list will be deleted any more.</summary>
    public Task SweptAsync(WaitedTimes waited, CancellationToken cancellationToken) => AddAsync(waited, swept: true, cancellationToken);

    private static SignedRecord Sign(RecordSigner signer, RecordId collector, long generation, string[] objects, WaitedTimes waited, bool swept) => signer.Sign(
        RecordKind.Condemned,
        new CondemnedBody
        {
            Generation = generation,
            Collector = collector,
            Objects = objects,
            Leases = waited.Leases.ToDictionary(item => item.Key.ToString(), item => item.Value, StringComparer.Ordinal),
            Temporaries = new Dictionary<string, WaitedBody>(waited.Temporaries, StringComparer.Ordinal),
            Swept = swept,
        },
        LeaseJson.Default.CondemnedBody);

    // A listing is no instant: one may miss that the highest gave way to the next while it ran.
    private static async Task<long> HighestAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        long before = -1;
        while (true)
        {
            SortedDictionary<long, long> listed = await CondemnedLists.ListAsync(store, cancellationToken).ConfigureAwait(false);
            long highest = listed.Count == 0 ? 0 : listed.Keys.Max();
            if (highest == before)
            {
                return highest;
            }

            before = highest;
        }
    }

    private static async Task<bool> TryPutAsync(IBlobStore store, BlobName name, SignedRecord record, CancellationToken cancellationToken)
    {
        if (await store.PutIfAbsentAsync(name, record.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Created)
        {
            return true;
        }

        if (await store.GetLengthAsync(name, cancellationToken).ConfigureAwait(false) != record.Bytes.Length)
        {
            return false; // of another collector
        }

        byte[]? there = await store.TryReadAllAsync(name, record.Bytes.Length, cancellationToken).ConfigureAwait(false);
        return there is not null && there.AsSpan().SequenceEqual(record.Bytes.Span);
    }

    private async Task AddAsync(WaitedTimes waited, bool swept, CancellationToken cancellationToken)
    {
        SignedRecord record = Sign(signer, collector, Number, [], waited, swept);
        while (!await TryPutAsync(repository.Store, RepositoryNames.Condemned(Number, records++), record, cancellationToken).ConfigureAwait(false))
        {
            // Something else lies under the number: the next one will do.
        }
    }
}
