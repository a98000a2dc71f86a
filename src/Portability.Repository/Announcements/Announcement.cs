using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.Announcements;

/// <summary>What a writer says that it will put before its manifest, so that a store can check and count it on arrival. Immutable.</summary>
/// <remarks>FORMAT.md, section 15. It makes nothing visible, and goes with its lease.</remarks>
public sealed record Announcement
{
    /// <summary>Most objects of one announcement.</summary>
    public const int MaximumObjects = 100_000;

    /// <summary>Longest object that can be announced.</summary>
    public const long MaximumLength = 1L << 40;

    /// <summary>The lease it was made under.</summary>
    public required RecordId Lease { get; init; }

    /// <summary>The objects, each once.</summary>
    public required IReadOnlyList<AnnouncedObject> Objects { get; init; }

    /// <summary>Bytes of all objects: what is counted against a quota.</summary>
    public long TotalBytes => Objects.Sum(item => item.Length);

    /// <summary>Reads an announcement; whether its signer had a right is the trust chain's to say.</summary>
    /// <param name="record">The record.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="lease">The lease that its name tells.</param>
    /// <exception cref="PortabilityException">It breaks the format, is not what its name says, or names what is not its lease's to put.</exception>
    public static Announcement Read(SignedRecord record, Guid repositoryId, RecordId lease)
    {
        record.Require(RecordKind.Announcement, repositoryId);
        AnnouncementBody body = record.ReadBody(AnnouncementJson.Default.AnnouncementBody);
        if (body.Lease != lease)
        {
            throw new IntegrityException(
                "RecordExchanged",
                $"Failed to read '{record.Name}': it is an announcement of lease {body.Lease}.",
                "Find out who writes to this store beside WorkloadPortability, then run Test-WorkloadRepository.",
                record.Name);
        }

        if (body.Objects.Length > MaximumObjects)
        {
            throw Malformed(record, FormattableString.Invariant($"{body.Objects.Length} objects, at most {MaximumObjects} are allowed"));
        }

        var names = new HashSet<BlobName>();
        var objects = new List<AnnouncedObject>(body.Objects.Length);
        foreach (AnnouncedObjectBody? item in body.Objects)
        {
            if (item is null || !BlobName.TryParse(item.Name, out BlobName name) || !IsOfLease(name, lease) || !names.Add(name))
            {
                throw Malformed(record, $"'{item?.Name}' is not an object that its lease may put once");
            }

            if (item.Length is < ObjectHeader.Size or > MaximumLength || item.Hash.IsEmpty)
            {
                throw Malformed(record, FormattableString.Invariant($"'{item.Name}' has {item.Length} bytes and the hash '{item.Hash}'"));
            }

            objects.Add(new AnnouncedObject(name, item.Length, Digest.Read(item.Hash.AsSpan())));
        }

        return new Announcement { Lease = lease, Objects = objects };
    }

    /// <summary>Signs the announcement.</summary>
    /// <param name="signer">The lease's signer.</param>
    public SignedRecord Sign(RecordSigner signer)
    {
        var items = new List<AnnouncedObjectBody>(Objects.Count);
        foreach (AnnouncedObject item in Objects)
        {
            byte[] hash = new byte[Digest.Size];
            item.Hash.Write(hash);
            items.Add(new AnnouncedObjectBody { Name = item.Name.Value, Length = item.Length, Hash = RecordHash.FromBytes(hash) });
        }

        return signer.Sign(RecordKind.Announcement, new AnnouncementBody { Lease = Lease, Objects = [.. items] }, AnnouncementJson.Default.AnnouncementBody);
    }

    // A copy named by the lease, or copy 0 of an object whose header carries the lease, which is looked at on arrival.
    private static bool IsOfLease(BlobName name, RecordId lease) =>
        RepositoryNames.TryParse(name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.StoredObject && (parts.Copy is null || parts.Copy == lease);

    private static InvalidFormatException Malformed(SignedRecord record, string fact) =>
        new("repository", "announcement", -1, fact, "FORMAT.md 15", record.Name, "Run Optimize-WorkloadRepository, which removes it with its lease.");
}
