using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Leases;

/// <summary>
/// The condemned lists of a store as one look found them. Whoever wrote them: a list that should not be there costs space and dedup, never
/// data, since a collector sweeps only what its own marks find. Immutable.
/// </summary>
/// <remarks>FORMAT.md, section 13; listed twice, and of the second listing all up to the highest of the first count.</remarks>
public sealed class CondemnedLists
{
    private const int MaximumListSize = 32 << 20;

    private CondemnedLists(IReadOnlyList<CondemnedList> lists, long generation)
    {
        Lists = lists;
        Generation = generation;
    }

    /// <summary>No list at all.</summary>
    public static CondemnedLists None { get; } = new([], 0);

    /// <summary>The lists, ascending.</summary>
    public IReadOnlyList<CondemnedList> Lists { get; }

    /// <summary>Highest generation that was seen; 0 without any.</summary>
    public long Generation { get; }

    /// <summary>Reads the lists that stand.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="known">What an earlier look of the same holder found: lists never change.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public static async Task<CondemnedLists> ReadAsync(OpenRepository repository, CondemnedLists known, CancellationToken cancellationToken)
    {
        HashSet<long> first = await ListAsync(repository.Store, cancellationToken).ConfigureAwait(false);
        long highest = first.Count == 0 ? 0 : first.Max();
        HashSet<long> second = await ListAsync(repository.Store, cancellationToken).ConfigureAwait(false);
        second.UnionWith(first);
        var lists = new List<CondemnedList>();
        foreach (long generation in second.Where(number => number <= highest).Order())
        {
            CondemnedList? list = known.Lists.FirstOrDefault(item => item.Generation == generation)
                ?? await TryReadAsync(repository, generation, cancellationToken).ConfigureAwait(false);
            if (list is not null)
            {
                lists.Add(list);
            }
        }

        return new CondemnedLists(lists, highest);
    }

    /// <summary>Tells whether a list names this copy.</summary>
    /// <param name="name">Name with copy.</param>
    public bool Contains(BlobName name) => Lists.Any(list => list.Objects.Contains(name));

    private static async Task<HashSet<long>> ListAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        var generations = new HashSet<long>();
        await foreach (BlobEntry entry in store.ListAsync(RepositoryNames.CondemnedPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.Condemned)
            {
                generations.Add(parts.Number);
            }
        }

        return generations;
    }

    private static async Task<CondemnedList?> TryReadAsync(OpenRepository repository, long generation, CancellationToken cancellationToken)
    {
        BlobName name = RepositoryNames.Condemned(generation, 0);
        byte[]? bytes = await repository.Store.TryReadAllAsync(name, MaximumListSize, cancellationToken).ConfigureAwait(false);
        if (bytes is null)
        {
            return null;
        }

        try
        {
            SignedRecord record = SignedRecord.Parse(bytes, name.Value);
            record.Require(RecordKind.Condemned, repository.Id);
            CondemnedBody body = record.ReadBody(LeaseJson.Default.CondemnedBody);
            var objects = new HashSet<BlobName>();
            foreach (string text in body.Objects ?? [])
            {
                if (BlobName.TryParse(text, out BlobName item))
                {
                    objects.Add(item);
                }
            }

            return new CondemnedList(generation, body.Collector, objects);
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            return new CondemnedList(generation, string.Empty, new HashSet<BlobName>()); // its maker reads it back before it deletes anything
        }
    }
}
