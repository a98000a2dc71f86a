using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Announcements;

/// <summary>What all living leases have announced, counted against a quota. Immutable.</summary>
/// <remarks>
/// FORMAT.md, section 15. An announcement counts while its lease lives and only if the same key signed both; a lease whose announcements
/// exceed the quota has announced nothing.
/// </remarks>
public sealed class AnnouncementLedger
{
    /// <summary>Bytes that one lease may announce unless another quota is given.</summary>
    public const long DefaultQuota = 1L << 40;

    private const int MaximumSize = 65 << 20;

    private readonly Dictionary<BlobName, AnnouncedObject> objects = [];

    private AnnouncementLedger()
    {
    }

    /// <summary>Bytes of all announcements that count.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Objects of all announcements that count.</summary>
    public int Count => objects.Count;

    /// <summary>Names of announcements that do not count, with the reason.</summary>
    public IReadOnlyList<(BlobName Name, string Reason)> Refused { get; private init; } = [];

    /// <summary>Reads all announcements.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="quota">Bytes that one lease may announce.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task<AnnouncementLedger> ReadAsync(OpenRepository repository, long quota, CancellationToken cancellationToken)
    {
        var names = new List<(RecordId Lease, BlobName Name)>();
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.LeasePrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts is { Kind: RepositoryNameKind.Announcement, Id: { } lease })
            {
                names.Add((lease, entry.Name));
            }
        }

        var refused = new List<(BlobName Name, string Reason)>();
        var ledger = new AnnouncementLedger { Refused = refused };
        foreach (IGrouping<RecordId, BlobName> group in names.GroupBy(item => item.Lease, item => item.Name))
        {
            LeaseState? lease = await LeaseDirectory.ReadAsync(repository, group.Key, cancellationToken).ConfigureAwait(false);
            if (lease is { IsEnded: false })
            {
                await ledger.AddAsync(repository, lease, group, quota, refused, cancellationToken).ConfigureAwait(false);
            }
        }

        return ledger;
    }

    /// <summary>What was announced under a name, or null.</summary>
    /// <param name="name">Name of the object.</param>
    public AnnouncedObject? Find(BlobName name) => objects.GetValueOrDefault(name);

    private async Task AddAsync(
        OpenRepository repository, LeaseState lease, IEnumerable<BlobName> names, long quota, List<(BlobName Name, string Reason)> refused, CancellationToken cancellationToken)
    {
        var found = new List<AnnouncedObject>();
        long bytes = 0;
        foreach (BlobName name in names)
        {
            try
            {
                byte[]? stored = await repository.Store.TryReadAllAsync(name, MaximumSize, cancellationToken).ConfigureAwait(false);
                if (stored is null)
                {
                    continue;
                }

                SignedRecord record = SignedRecord.Parse(stored, name.Value);
                Announcement announcement = Announcement.Read(record, repository.Id, lease.Lease);
                if (record.Signer != lease.Signer || !LeaseDirectory.IsCounting(repository, record))
                {
                    refused.Add((name, "another key signed it than its lease"));
                    continue;
                }

                found.AddRange(announcement.Objects);
                bytes += announcement.TotalBytes;
                if (bytes > quota)
                {
                    refused.Add((name, FormattableString.Invariant($"its lease has announced {bytes} bytes, more than the quota of {quota}")));
                    return;
                }
            }
            catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
            {
                refused.Add((name, exception.Message));
            }
        }

        foreach (AnnouncedObject item in found.Where(item => objects.TryAdd(item.Name, item)))
        {
            TotalBytes += item.Length;
        }
    }
}
