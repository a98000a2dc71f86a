using System.Buffers.Binary;
using Portability.Repository.Backends;
using Portability.Repository.Repositories;

namespace Portability.Repository.Snapshots;

/// <summary>The numbers of one workload as a listing shows them: which stand, which are covered by a tombstone, which comes next. Immutable.</summary>
/// <remarks>FORMAT.md, section 13. A tombstone without its right counts as absent.</remarks>
public sealed class SnapshotSequence
{
    private const int Looks = 8;
    private readonly Dictionary<long, Tombstone> tombstones;
    private readonly string merged;

    private SnapshotSequence(
        Guid workload, IReadOnlyList<(long Number, BlobName Name)> manifests, Dictionary<long, Tombstone> tombstones, IReadOnlyList<RepositoryName> records, long highest)
    {
        Workload = workload;
        Names = [.. manifests.Where(item => !tombstones.ContainsKey(item.Number))];
        Covered = [.. manifests.Where(item => tombstones.ContainsKey(item.Number))];
        TombstoneNames = records;
        this.tombstones = tombstones;
        merged = string.Join(',', records.Where(name => name.Kind == RepositoryNameKind.MergedTombstones).Select(name => FormattableString.Invariant($"{name.Number}-{name.Last}")));
        Highest = highest;
    }

    /// <summary>The workload.</summary>
    public Guid Workload { get; }

    /// <summary>Manifests and voids that stand and that no tombstone covers, ascending.</summary>
    public IReadOnlyList<(long Number, BlobName Name)> Names { get; }

    /// <summary>Manifests and voids that lie there though a tombstone covers them, ascending.</summary>
    public IReadOnlyList<(long Number, BlobName Name)> Covered { get; }

    /// <summary>Names of tombstones, single and merged, whether they count or not.</summary>
    public IReadOnlyList<RepositoryName> TombstoneNames { get; }

    /// <summary>Names of tombstones of other stores, single and merged, whether they count or not. They remove nothing here.</summary>
    public IReadOnlyList<RepositoryName> FactNames { get; private init; } = [];

    /// <summary>Names of manifests that came after the workload had moved.</summary>
    public IReadOnlyList<BlobName> ForkNames { get; private init; } = [];

    /// <summary>Tombstones that count, one a number.</summary>
    public IEnumerable<Tombstone> Tombstones => tombstones.Values;

    /// <summary>Highest number of any kind; 0 without any.</summary>
    public long Highest { get; }

    /// <summary>The number that the next snapshot takes.</summary>
    public long Next => Highest + 1;

    /// <summary>Lists the numbers of a workload.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public static async Task<SnapshotSequence> ReadAsync(OpenRepository repository, Guid workload, CancellationToken cancellationToken)
    {
        var names = new List<RepositoryName>();
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.ManifestPrefix(workload), cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts))
            {
                names.Add(parts);
            }
        }

        return await OfAsync(repository, workload, names, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The numbers of a workload whose names were listed already; reads their tombstones.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="names">All names of its folder, as one listing shows them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public static async Task<SnapshotSequence> OfAsync(
        OpenRepository repository, Guid workload, IEnumerable<RepositoryName> names, CancellationToken cancellationToken)
    {
        var manifests = new List<(long Number, BlobName Name)>();
        var covered = new Dictionary<long, Tombstone>();
        var records = new List<RepositoryName>();
        var facts = new List<RepositoryName>();
        var forks = new List<BlobName>();
        long highest = 0;
        foreach (RepositoryName parts in names)
        {
            if (parts.Kind == RepositoryNameKind.Fork)
            {
                byte[] hash = new byte[sizeof(ulong)];
                BinaryPrimitives.WriteUInt64BigEndian(hash, parts.ForkHash);
                forks.Add(RepositoryNames.Fork(workload, parts.Number, hash));
                continue;
            }

            highest = Math.Max(highest, Math.Max(parts.Number, parts.Last));
            if (parts.Kind == RepositoryNameKind.Manifest)
            {
                manifests.Add((parts.Number, RepositoryNames.Manifest(workload, parts.Number, parts.Id)));
            }
            else if (parts.Kind is RepositoryNameKind.Tombstone or RepositoryNameKind.MergedTombstones)
            {
                records.Add(parts);
            }
            else if (parts.Kind is RepositoryNameKind.TombstoneFact or RepositoryNameKind.MergedTombstoneFact)
            {
                facts.Add(parts);
            }
        }

        foreach (RepositoryName parts in records)
        {
            foreach (Tombstone tombstone in await TombstoneReader.ReadAsync(repository, parts, cancellationToken).ConfigureAwait(false))
            {
                covered.TryAdd(tombstone.Number, tombstone);
            }
        }

        return new SnapshotSequence(workload, manifests, covered, records, highest) { FactNames = facts, ForkNames = forks };
    }

    /// <summary>Names under which a manifest or void of a number stands.</summary>
    /// <param name="number">The number.</param>
    public IEnumerable<BlobName> NamesOf(long number)
    {
        int low = 0, high = Names.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = Names[middle].Number < number ? (middle + 1, high) : (low, middle);
        }

        for (; low < Names.Count && Names[low].Number == number; low++)
        {
            yield return Names[low].Name;
        }
    }

    /// <summary>The tombstone that covers a number, or null.</summary>
    /// <param name="number">The number.</param>
    public Tombstone? FindTombstone(long number) => tombstones.GetValueOrDefault(number);

    /// <summary>Tells whether a snapshot stands: its manifest is there and no tombstone covers it.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="workload">Its workload.</param>
    /// <param name="number">Its number.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task<bool> StandsAsync(OpenRepository repository, Guid workload, long number, CancellationToken cancellationToken) =>
        (await ReadAsync(repository, workload, cancellationToken).ConfigureAwait(false)).Names.Any(name => name.Number == number)
        && await FindTombstoneAsync(repository, workload, number, cancellationToken).ConfigureAwait(false) is null;

    /// <summary>Looks for the tombstone of one number: first by its own name, then among merged ones, since a single one goes only after the merged one stands.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="number">The number.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if there is none that counts.</returns>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task<Tombstone?> FindTombstoneAsync(OpenRepository repository, Guid workload, long number, CancellationToken cancellationToken)
    {
        var single = new RepositoryName { Kind = RepositoryNameKind.Tombstone, Workload = workload, Number = number };
        Tombstone? found = (await TombstoneReader.ReadAsync(repository, single, cancellationToken).ConfigureAwait(false)).FirstOrDefault();

        // A listing is no instant: only between two that show the same merged ones nothing was merged.
        string before = "none";
        for (int look = 0; found is null && look < Looks; look++)
        {
            SnapshotSequence listed = await ReadAsync(repository, workload, cancellationToken).ConfigureAwait(false);
            if (listed.FindTombstone(number) is not null || string.Equals(listed.merged, before, StringComparison.Ordinal))
            {
                return listed.FindTombstone(number);
            }

            before = listed.merged;
        }

        return found;
    }
}
