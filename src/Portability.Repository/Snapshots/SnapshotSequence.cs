using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Snapshots;

/// <summary>The numbers of one workload as a listing shows them: which stand, which are covered by a tombstone, which comes next. Immutable.</summary>
/// <remarks>FORMAT.md, section 13. A tombstone without its right counts as absent.</remarks>
public sealed class SnapshotSequence
{
    private const int MaximumTombstoneSize = 64 << 20;
    private readonly Dictionary<long, Tombstone> tombstones;

    private SnapshotSequence(Guid workload, IReadOnlyList<(long Number, BlobName Name)> names, Dictionary<long, Tombstone> tombstones, long highest)
    {
        Workload = workload;
        Names = names;
        this.tombstones = tombstones;
        Highest = highest;
    }

    /// <summary>The workload.</summary>
    public Guid Workload { get; }

    /// <summary>Manifests and voids that stand and that no tombstone covers, ascending.</summary>
    public IReadOnlyList<(long Number, BlobName Name)> Names { get; }

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
        var manifests = new List<(long Number, BlobName Name)>();
        var covered = new Dictionary<long, Tombstone>();
        var records = new List<RepositoryName>();
        long highest = 0;
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.ManifestPrefix(workload), cancellationToken).ConfigureAwait(false))
        {
            if (!RepositoryNames.TryParse(entry.Name, out RepositoryName parts) || parts.Kind == RepositoryNameKind.Fork)
            {
                continue;
            }

            highest = Math.Max(highest, parts.Kind == RepositoryNameKind.MergedTombstones ? parts.Last : parts.Number);
            if (parts.Kind == RepositoryNameKind.Manifest)
            {
                manifests.Add((parts.Number, entry.Name));
            }
            else
            {
                records.Add(parts);
            }
        }

        foreach (RepositoryName parts in records)
        {
            foreach (Tombstone tombstone in await ReadTombstonesAsync(repository, workload, parts, cancellationToken).ConfigureAwait(false))
            {
                covered.TryAdd(tombstone.Number, tombstone);
            }
        }

        return new SnapshotSequence(workload, [.. manifests.Where(item => !covered.ContainsKey(item.Number))], covered, highest);
    }

    /// <summary>The tombstone that covers a number, or null.</summary>
    /// <param name="number">The number.</param>
    public Tombstone? FindTombstone(long number) => tombstones.GetValueOrDefault(number);

    /// <summary>Reads a single tombstone, or null if none counts.</summary>
    internal static async Task<Tombstone?> TryReadTombstoneAsync(OpenRepository repository, Guid workload, long number, CancellationToken cancellationToken)
    {
        var parts = new RepositoryName { Kind = RepositoryNameKind.Tombstone, Workload = workload, Number = number };
        IReadOnlyList<Tombstone> found = await ReadTombstonesAsync(repository, workload, parts, cancellationToken).ConfigureAwait(false);
        return found.Count > 0 ? found[0] : null;
    }

    private static async Task<IReadOnlyList<Tombstone>> ReadTombstonesAsync(
        OpenRepository repository, Guid workload, RepositoryName parts, CancellationToken cancellationToken)
    {
        bool merged = parts.Kind == RepositoryNameKind.MergedTombstones;
        BlobName name = merged ? RepositoryNames.MergedTombstones(workload, parts.Number, parts.Last) : RepositoryNames.Tombstone(workload, parts.Number);
        byte[]? bytes = await repository.Store.TryReadAllAsync(name, MaximumTombstoneSize, cancellationToken).ConfigureAwait(false);
        if (bytes is null)
        {
            return [];
        }

        try
        {
            SignedRecord record = SignedRecord.Parse(bytes, name.Value);
            record.Require(merged ? RecordKind.MergedTombstones : RecordKind.Tombstone, repository.Id);
            (TombstoneBody[] bodies, Guid? instance) = merged ? ReadMerged(record, workload, parts) : ReadSingle(record, workload, parts.Number);
            bool counts = instance is null
                ? repository.Trust.Counts(record, SignerRights.Remove, workload, parts.Number)
                : repository.Instance is { } here && here.Id == instance && record.IsSignedBy(here.ReceiptKey);
            return counts ? [.. bodies.Select(Tombstone.From)] : [];
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            return []; // what is no tombstone counts as absent; checks report it
        }
    }

    private static (TombstoneBody[] Bodies, Guid? Instance) ReadSingle(SignedRecord record, Guid workload, long number)
    {
        TombstoneBody body = record.ReadBody(TombstoneJson.Default.TombstoneBody);
        return body.Workload == workload && body.Number == number ? ([body], body.Instance) : ([], null);
    }

    private static (TombstoneBody[] Bodies, Guid? Instance) ReadMerged(SignedRecord record, Guid workload, RepositoryName parts)
    {
        MergedTombstonesBody body = record.ReadBody(TombstoneJson.Default.MergedTombstonesBody);
        bool fits = body.Workload == workload && body.From == parts.Number && body.To == parts.Last;
        return fits ? ([.. body.Tombstones.Where(item => item.Workload == workload && item.Number >= body.From && item.Number <= body.To)], body.Instance) : ([], null);
    }
}
