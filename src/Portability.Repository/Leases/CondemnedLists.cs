using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Leases;

/// <summary>What collectors have condemned, as of one look. Immutable.</summary>
/// <remarks>
/// FORMAT.md, section 13. A list is heeded whoever signed it: to heed one too many costs space, to heed one too few loses data. That a list is
/// swept counts only if its collector said so.
/// </remarks>
public sealed class CondemnedLists
{
    /// <summary>Most copies that all lists together may name.</summary>
    public const int MaximumCopies = 2_000_000;

    private const int MaximumRecordSize = 128 << 20;

    private CondemnedLists(long highest, IReadOnlyList<CondemnedList> lists)
    {
        Highest = highest;
        Lists = lists;
    }

    /// <summary>No list at all.</summary>
    public static CondemnedLists None { get; } = new(0, []);

    /// <summary>Highest generation; 0 if there was never one.</summary>
    public long Highest { get; }

    /// <summary>All lists, swept ones included, by generation.</summary>
    public IReadOnlyList<CondemnedList> Lists { get; }

    /// <summary>Lists that are not swept.</summary>
    public IEnumerable<CondemnedList> Standing => Lists.Where(list => !list.IsSwept);

    /// <summary>Tells whether a list that is not swept names a copy.</summary>
    /// <param name="copy">Name of the copy.</param>
    public bool Names(BlobName copy) => Lists.Any(list => list.Objects.ContainsKey(copy));

    /// <summary>Tells whether a list that is not swept names any copy of an object.</summary>
    /// <param name="id">The object.</param>
    public bool NamesAny(ObjectId id) => Lists.Any(list => list.Ids.Contains(id));

    /// <summary>Looks at the lists. All up to <see cref="Highest"/> are there that stood when the look began.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="known">An earlier look, of which lists that are the same are kept.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IntegrityException">`CondemnedListDamaged`: nobody can tell what must not be relied on.</exception>
    /// <exception cref="StorageException">The store cannot be read.</exception>
    public static Task<CondemnedLists> ReadAsync(OpenRepository repository, CondemnedLists known, CancellationToken cancellationToken) =>
        ReadAsync(repository, known, null, cancellationToken);

    /// <summary>As the other one, for a collector: generations whose list is damaged are noted, not refused.</summary>
    internal static async Task<CondemnedLists> ReadAsync(
        OpenRepository repository, CondemnedLists known, ICollection<long>? damaged, CancellationToken cancellationToken)
    {
        // A listing is no instant: one that shows a generation may have missed the one before. Of a second, none up to the first one's highest is missed.
        SortedDictionary<long, long> first = await ListAsync(repository.Store, cancellationToken).ConfigureAwait(false);
        if (first.Count == 0)
        {
            return None;
        }

        long highest = first.Keys.Max();
        SortedDictionary<long, long> second = await ListAsync(repository.Store, cancellationToken).ConfigureAwait(false);
        var lists = new List<CondemnedList>();
        long copies = 0;
        foreach ((long generation, long last) in second)
        {
            CondemnedList? same = known.Lists.FirstOrDefault(list => list.Generation == generation && list.LastRecord == last);
            CondemnedList? list = same ?? await ReadListAsync(repository, generation, last, damaged, cancellationToken).ConfigureAwait(false);
            if (list is not null)
            {
                lists.Add(list);
                copies += list.Objects.Count;
            }
        }

        return copies <= MaximumCopies ? new CondemnedLists(highest, lists) : throw TooMany(repository.Store.Location, copies);
    }

    /// <summary>Lists the generations with the number of the newest record of each.</summary>
    internal static async Task<SortedDictionary<long, long>> ListAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        var generations = new SortedDictionary<long, long>();
        await foreach (BlobEntry entry in store.ListAsync(RepositoryNames.CondemnedPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.Condemned)
            {
                generations[parts.Number] = Math.Max(parts.Last, generations.GetValueOrDefault(parts.Number));
            }
        }

        return generations;
    }

    /// <summary>Reads one record of a list.</summary>
    /// <returns>Null if it is gone.</returns>
    /// <exception cref="PortabilityException">It is no such record.</exception>
    internal static async Task<(SignedRecord Record, CondemnedBody Body)?> TryReadRecordAsync(
        OpenRepository repository, long generation, long number, CancellationToken cancellationToken)
    {
        BlobName name = RepositoryNames.Condemned(generation, number);
        byte[]? bytes = await repository.Store.TryReadAllAsync(name, MaximumRecordSize, cancellationToken).ConfigureAwait(false);
        if (bytes is null)
        {
            return null;
        }

        SignedRecord record = SignedRecord.Parse(bytes, name.Value);
        record.Require(RecordKind.Condemned, repository.Id);
        CondemnedBody body = record.ReadBody(LeaseJson.Default.CondemnedBody);
        return body.Generation == generation ? (record, body) : throw Damaged(name, $"it says generation {body.Generation}", null);
    }

    private static async Task<CondemnedList?> ReadListAsync(
        OpenRepository repository, long generation, long last, ICollection<long>? damaged, CancellationToken cancellationToken)
    {
        try
        {
            (SignedRecord Record, CondemnedBody Body)? list = await TryReadRecordAsync(repository, generation, 0, cancellationToken).ConfigureAwait(false);
            if (list is not { } found)
            {
                return null; // dropped: its first record goes first
            }

            bool swept = last > 0
                && await TryReadRecordAsync(repository, generation, last, cancellationToken).ConfigureAwait(false) is { } newest
                && newest.Body.Swept
                && newest.Body.Collector == found.Body.Collector
                && newest.Record.Signer == found.Record.Signer
                && LeaseDirectory.IsCounting(repository, newest.Record);
            return new CondemnedList(generation, last, found.Body.Collector, swept, swept ? Nothing : Parse(found.Body.Objects, found.Record.Name!));
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            if (damaged is not null)
            {
                damaged.Add(generation);
                return null;
            }

            throw Damaged(RepositoryNames.Condemned(generation, 0), exception.Message.TrimEnd('.'), exception);
        }
    }

    private static Dictionary<BlobName, ObjectId> Nothing => [];

    private static Dictionary<BlobName, ObjectId> Parse(string[] objects, string list)
    {
        var copies = new Dictionary<BlobName, ObjectId>(objects.Length);
        foreach (string text in objects)
        {
            // What does not parse names nothing that could be relied on.
            if (BlobName.TryParse(text, out BlobName name)
                && RepositoryNames.TryParse(name, out RepositoryName parts)
                && parts.Kind is RepositoryNameKind.StoredObject
                && !copies.TryAdd(name, parts.ObjectId))
            {
                throw Damaged(BlobName.Parse(list), $"it names '{text}' twice", null);
            }
        }

        return copies;
    }

    private static IntegrityException Damaged(BlobName name, string fact, Exception? cause) => new(
        "CondemnedListDamaged",
        $"Failed to read '{name}': {fact}.",
        "Run Optimize-WorkloadRepository, which makes the list anew.",
        name.Value,
        innerException: cause);

    private static RepositoryException TooMany(string place, long copies) => new(
        "CondemnedListsTooLong",
        ErrorKind.Limit,
        FormattableString.Invariant($"Failed to look at what is condemned in '{place}': the lists name {copies} objects, at most {MaximumCopies} are read."),
        "Run Optimize-WorkloadRepository until it has nothing left to do.",
        place);
}
