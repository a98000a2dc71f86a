using System.Buffers.Binary;
using System.Globalization;
using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository;

/// <summary>Builds every name of section 2; <see cref="TryParse"/> takes them apart again, and knows no others.</summary>
/// <remarks>FORMAT.md, section 2.</remarks>
public static class RepositoryNames
{
    /// <summary>Highest number that a name can carry: ten decimal digits.</summary>
    public const long MaximumNumber = 9_999_999_999;

    /// <summary>What trust records and slots begin with.</summary>
    public const string TrustPrefix = "trust/";

    /// <summary>What slots begin with.</summary>
    public const string SlotPrefix = "trust/slots/";

    /// <summary>What records of later format versions begin with.</summary>
    public const string FormatPrefix = "format/";

    /// <summary>What packs begin with.</summary>
    public const string PackPrefix = "packs/";

    /// <summary>What maps begin with.</summary>
    public const string MapPrefix = "maps/";

    /// <summary>What reference objects begin with.</summary>
    public const string ReferencePrefix = "references/";

    /// <summary>What runs begin with.</summary>
    public const string LocationPrefix = "locations/";

    /// <summary>What substitutions begin with.</summary>
    public const string SubstitutionPrefix = "substitutions/";

    /// <summary>What verified records begin with.</summary>
    public const string VerifiedPrefix = "verified/";

    /// <summary>What registrations and homes begin with.</summary>
    public const string WorkloadPrefix = "workloads/";

    /// <summary>What manifests, voids and tombstones begin with.</summary>
    public const string SnapshotPrefix = "snapshots/";

    /// <summary>What receipts begin with.</summary>
    public const string ReceiptPrefix = "receipts/";

    /// <summary>What leases begin with.</summary>
    public const string LeasePrefix = "leases/";

    /// <summary>What condemned lists begin with.</summary>
    public const string CondemnedPrefix = "condemned/";

    /// <summary>`repository.json`.</summary>
    public static BlobName Configuration { get; } = BlobName.Parse("repository.json");

    /// <summary>Identity of this store.</summary>
    public static BlobName Instance { get; } = BlobName.Parse("receipts/instance");

    /// <summary>A trust record.</summary>
    /// <param name="number">From 1.</param>
    public static BlobName Trust(long number) => Make($"{TrustPrefix}{Digits(number)}");

    /// <summary>Trust record 1 where the plain name was taken by a creation that never ended.</summary>
    /// <param name="record">Id of the record.</param>
    public static BlobName FirstTrust(RecordId record) => Make($"{TrustPrefix}{Digits(1)}.{record}");

    /// <summary>A slot.</summary>
    /// <param name="id">Its id.</param>
    public static BlobName Slot(RecordId id) => Make($"{SlotPrefix}{id}");

    /// <summary>A pack, map, reference object or run.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="set">Its set; part of the name of packs only.</param>
    /// <param name="id">Its id.</param>
    /// <param name="copy">The lease that it was put again under, or null for the object as its maker put it.</param>
    public static BlobName StoredObject(ObjectKind kind, BlockSet set, ObjectId id, RecordId? copy = null) =>
        Make($"{ObjectCopyPrefix(kind, set, id)}{copy?.ToString() ?? "0"}");

    /// <summary>What the names of all copies of an object begin with.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="set">Its set; part of the name of packs only.</param>
    /// <param name="id">Its id.</param>
    public static string ObjectCopyPrefix(ObjectKind kind, BlockSet set, ObjectId id)
    {
        string hex = id.ToString();
        return $"{ObjectPrefix(kind, set)}{hex[..2]}/{hex}.";
    }

    /// <summary>What the names of all objects of a kind begin with.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="set">Of packs <see cref="BlockSet.Boot"/> or <see cref="BlockSet.Data"/>.</param>
    public static string ObjectPrefix(ObjectKind kind, BlockSet set) => kind switch
    {
        ObjectKind.Pack => set switch
        {
            BlockSet.Boot => PackPrefix + "boot/",
            BlockSet.Data => PackPrefix + "data/",
            _ => throw new ArgumentOutOfRangeException(nameof(set), set, "A pack belongs to the boot or the data set."),
        },
        ObjectKind.Map => MapPrefix,
        ObjectKind.Reference => ReferencePrefix,
        ObjectKind.Run => LocationPrefix,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind of object."),
    };

    /// <summary>A substitution record.</summary>
    /// <param name="newPack">The pack that takes the place of others.</param>
    /// <param name="record">Id of the record.</param>
    public static BlobName Substitution(ObjectId newPack, RecordId record) => Make($"{SubstitutionPrefix}{newPack}.{record}");

    /// <summary>A key holder's check of a pack.</summary>
    /// <param name="pack">The pack.</param>
    /// <param name="record">Id of the record.</param>
    public static BlobName Verified(ObjectId pack, RecordId record) => Make($"{VerifiedPrefix}{pack}.{record}");

    /// <summary>A registration.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="number">From 1.</param>
    public static BlobName Registration(Guid workload, long number) => Make($"{RegistrationPrefix(workload)}{Digits(number)}");

    /// <summary>What registrations and homes of a workload begin with.</summary>
    /// <param name="workload">The workload.</param>
    public static string RegistrationPrefix(Guid workload) => $"{WorkloadPrefix}{workload:D}/";

    /// <summary>A home record.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="counter">From 1.</param>
    public static BlobName Home(Guid workload, long counter) => Make($"{HomePrefix(workload)}{Digits(counter)}");

    /// <summary>What home records of a workload begin with.</summary>
    /// <param name="workload">The workload.</param>
    public static string HomePrefix(Guid workload) => $"{RegistrationPrefix(workload)}home-";

    /// <summary>What manifests, voids and tombstones of a workload begin with.</summary>
    /// <param name="workload">The workload.</param>
    public static string ManifestPrefix(Guid workload) => $"{SnapshotPrefix}{workload:D}/";

    /// <summary>A manifest or void; with a lease, a manifest at a mirror whose plain name a void took.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="number">From 1.</param>
    /// <param name="lease">The sync's lease, or null for the plain name.</param>
    public static BlobName Manifest(Guid workload, long number, RecordId? lease = null) =>
        Make($"{ManifestPrefix(workload)}{Digits(number)}{(lease is null ? string.Empty : "." + lease)}");

    /// <summary>A tombstone.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="number">Number of the snapshot.</param>
    /// <param name="fact">At another store, kept as a fact: the store where it counts; else null.</param>
    public static BlobName Tombstone(Guid workload, long number, Guid? fact = null) =>
        Make($"{ManifestPrefix(workload)}{Digits(number)}.tombstone{(fact is null ? string.Empty : $"-{fact:D}")}");

    /// <summary>Merged tombstones.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="from">Lowest number.</param>
    /// <param name="to">Highest number.</param>
    /// <param name="fact">At another store, kept as facts: the store where they count; else null.</param>
    public static BlobName MergedTombstones(Guid workload, long from, long to, Guid? fact = null) =>
        Make($"{ManifestPrefix(workload)}{Digits(from)}-{Digits(to)}.tombstones{(fact is null ? string.Empty : $"-{fact:D}")}");

    /// <summary>A manifest that came too late, kept beside.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="number">Its number.</param>
    /// <param name="manifest">Hash of the manifest.</param>
    public static BlobName Fork(Guid workload, long number, ReadOnlySpan<byte> manifest) =>
        Make(FormattableString.Invariant($"{ManifestPrefix(workload)}{Digits(number)}.fork-{BinaryPrimitives.ReadUInt64BigEndian(manifest):x16}"));

    /// <summary>A mirror's receipt.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="number">Highest number that it covers.</param>
    public static BlobName Receipt(Guid workload, long number) => Make($"{ReceiptPrefix}{workload:D}/{Digits(number)}");

    /// <summary>What the beats and announcements of a lease begin with.</summary>
    /// <param name="lease">The lease.</param>
    public static string LeaseFolder(RecordId lease) => $"{LeasePrefix}{lease}/";

    /// <summary>A beat of a lease.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="beat">From 0.</param>
    public static BlobName Lease(RecordId lease, long beat) => Make($"{LeaseFolder(lease)}{Digits(beat)}");

    /// <summary>An announcement under a lease.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="number">From 0.</param>
    public static BlobName Announcement(RecordId lease, long number) => Make($"{LeaseFolder(lease)}announcement-{Digits(number)}");

    /// <summary>What the records of a generation begin with.</summary>
    /// <param name="generation">The generation.</param>
    public static string CondemnedFolder(long generation) => $"{CondemnedPrefix}{Digits(generation)}/";

    /// <summary>A record of a condemned list.</summary>
    /// <param name="generation">The generation, from 1.</param>
    /// <param name="number">From 0.</param>
    public static BlobName Condemned(long generation, long number) => Make($"{CondemnedFolder(generation)}{Digits(number)}");

    /// <summary>Takes a name apart.</summary>
    /// <param name="name">Any name, as a listing gives it.</param>
    /// <param name="parts">Its parts.</param>
    /// <returns>False for a name that is not of this format: what lies there is not read.</returns>
    public static bool TryParse(BlobName name, out RepositoryName parts) => RepositoryNameParser.TryParse(name.Value, out parts);

    private static string Digits(long number) => number is >= 0 and <= MaximumNumber
        ? number.ToString("D10", CultureInfo.InvariantCulture)
        : throw new RepositoryException(
            "NumberTooLarge",
            ErrorKind.Limit,
            FormattableString.Invariant($"Failed to name an object: {number} is not in 0 to {MaximumNumber}."),
            "Make another repository with New-WorkloadRepository and go on there.");

    private static BlobName Make(string text) => BlobName.Parse(text);
}
