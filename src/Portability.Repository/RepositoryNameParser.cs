using System.Buffers;
using System.Globalization;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository;

/// <summary>Takes names apart. Each object has one name: what is spelled otherwise than it would be built is not of this format.</summary>
/// <remarks>FORMAT.md, section 2.</remarks>
internal static class RepositoryNameParser
{
    private const int DigitCount = 10;
    private const int ForkDigits = 16;
    private const int GuidLength = 36;
    private const string TombstoneEnd = ".tombstone";
    private const string MergedEnd = ".tombstones";
    private const string ForkMark = ".fork-";
    private const string HomeMark = "home-";
    private const string AnnouncementMark = "announcement-";
    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    public static bool TryParse(string name, out RepositoryName parts)
    {
        RepositoryName? parsed = Parse(name);
        parts = parsed.GetValueOrDefault();
        return parsed is not null;
    }

    private static RepositoryName? Parse(string name)
    {
        string[] segments = name.Split('/');
        return (segments[0], segments.Length) switch
        {
            ("repository.json", 1) => new RepositoryName { Kind = RepositoryNameKind.Configuration },
            ("format", 2) => Numbered(RepositoryNameKind.FormatRecord, default, segments[1]),
            ("trust", 2) => NumberedWithId(RepositoryNameKind.Trust, default, segments[1]) is { } trust && (trust.Id is null || trust.Number == 1) ? trust : null,
            ("trust", 3) => segments[1] is "slots" && RecordId.TryParse(segments[2], out RecordId slot) ? new RepositoryName { Kind = RepositoryNameKind.Slot, Id = slot } : null,
            ("packs", 4) => segments[1] switch
            {
                "boot" => Object(ObjectKind.Pack, BlockSet.Boot, segments[2], segments[3]),
                "data" => Object(ObjectKind.Pack, BlockSet.Data, segments[2], segments[3]),
                _ => null,
            },
            ("maps", 3) => Object(ObjectKind.Map, BlockSet.None, segments[1], segments[2]),
            ("references", 3) => Object(ObjectKind.Reference, BlockSet.None, segments[1], segments[2]),
            ("locations", 3) => Object(ObjectKind.Run, BlockSet.None, segments[1], segments[2]),
            ("substitutions", 2) => AboutPack(RepositoryNameKind.Substitution, segments[1]),
            ("verified", 2) => AboutPack(RepositoryNameKind.Verified, segments[1]),
            ("receipts", 2) => segments[1] is "instance" ? new RepositoryName { Kind = RepositoryNameKind.Instance } : null,
            ("workloads" or "snapshots" or "receipts", 3) => IsGuid(segments[1], out Guid workload) ? OfWorkload(segments[0], workload, segments[2]) : null,
            ("leases", 3) => RecordId.TryParse(segments[1], out RecordId lease) ? OfLease(lease, segments[2]) : null,
            ("condemned", 3) => IsNumber(segments[1], out long generation) && IsNumber(segments[2], out long number)
                ? new RepositoryName { Kind = RepositoryNameKind.Condemned, Number = generation, Last = number }
                : null,
            _ => null,
        };
    }

    private static RepositoryName? Object(ObjectKind kind, BlockSet set, string folder, string leaf)
    {
        int stop = leaf.IndexOf('.', StringComparison.Ordinal);
        if (stop < 0 || !ObjectId.TryParse(leaf.AsSpan(0, stop), out ObjectId id) || !string.Equals(folder, leaf[..2], StringComparison.Ordinal))
        {
            return null;
        }

        RecordId lease = default;
        bool original = leaf.AsSpan(stop + 1) is "0";
        return original || RecordId.TryParse(leaf.AsSpan(stop + 1), out lease)
            ? new RepositoryName { Kind = RepositoryNameKind.StoredObject, ObjectKind = kind, Set = set, ObjectId = id, Copy = original ? null : lease }
            : null;
    }

    private static RepositoryName? AboutPack(RepositoryNameKind kind, string leaf)
    {
        int stop = leaf.IndexOf('.', StringComparison.Ordinal);
        return stop >= 0 && ObjectId.TryParse(leaf.AsSpan(0, stop), out ObjectId id) && RecordId.TryParse(leaf.AsSpan(stop + 1), out RecordId record)
            ? new RepositoryName { Kind = kind, ObjectId = id, Id = record }
            : null;
    }

    private static RepositoryName? OfWorkload(string folder, Guid workload, string leaf) => folder switch
    {
        "workloads" => leaf.StartsWith(HomeMark, StringComparison.Ordinal)
            ? Numbered(RepositoryNameKind.Home, workload, leaf.AsSpan(HomeMark.Length))
            : Numbered(RepositoryNameKind.Registration, workload, leaf),
        "receipts" => Numbered(RepositoryNameKind.Receipt, workload, leaf),
        _ => OfSnapshot(workload, leaf),
    };

    private static RepositoryName? OfSnapshot(Guid workload, string leaf)
    {
        // A fact is the name of a tombstone, a hyphen, and the store where it counts.
        if (leaf.Length > GuidLength && leaf[^(GuidLength + 1)] == '-' && IsGuid(leaf[^GuidLength..], out Guid instance))
        {
            return OfSnapshot(workload, leaf[..^(GuidLength + 1)]) switch
            {
                { Kind: RepositoryNameKind.Tombstone } single => single with { Kind = RepositoryNameKind.TombstoneFact, Instance = instance },
                { Kind: RepositoryNameKind.MergedTombstones } merged => merged with { Kind = RepositoryNameKind.MergedTombstoneFact, Instance = instance },
                _ => null,
            };
        }

        if (leaf.EndsWith(TombstoneEnd, StringComparison.Ordinal))
        {
            return Numbered(RepositoryNameKind.Tombstone, workload, leaf.AsSpan(0, leaf.Length - TombstoneEnd.Length));
        }

        if (leaf.EndsWith(MergedEnd, StringComparison.Ordinal))
        {
            return leaf.Length == (2 * DigitCount) + 1 + MergedEnd.Length && leaf[DigitCount] == '-'
                && IsNumber(leaf.AsSpan(0, DigitCount), out long from) && IsNumber(leaf.AsSpan(DigitCount + 1, DigitCount), out long to) && from <= to
                    ? new RepositoryName { Kind = RepositoryNameKind.MergedTombstones, Workload = workload, Number = from, Last = to }
                    : null;
        }

        if (leaf.Length == DigitCount + ForkMark.Length + ForkDigits && leaf.AsSpan(DigitCount).StartsWith(ForkMark, StringComparison.Ordinal))
        {
            ReadOnlySpan<char> digits = leaf.AsSpan(DigitCount + ForkMark.Length);
            return IsNumber(leaf.AsSpan(0, DigitCount), out long number)
                && !digits.ContainsAnyExcept(LowerHex)
                && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong hash)
                    ? new RepositoryName { Kind = RepositoryNameKind.Fork, Workload = workload, Number = number, ForkHash = hash }
                    : null;
        }

        return NumberedWithId(RepositoryNameKind.Manifest, workload, leaf);
    }

    private static RepositoryName? OfLease(RecordId lease, string leaf)
    {
        bool announcement = leaf.StartsWith(AnnouncementMark, StringComparison.Ordinal);
        RepositoryName? parsed = announcement
            ? Numbered(RepositoryNameKind.Announcement, default, leaf.AsSpan(AnnouncementMark.Length))
            : Numbered(RepositoryNameKind.Lease, default, leaf);
        return parsed is { } found ? found with { Id = lease } : null;
    }

    private static RepositoryName? Numbered(RepositoryNameKind kind, Guid workload, ReadOnlySpan<char> digits) =>
        IsNumber(digits, out long number) ? new RepositoryName { Kind = kind, Workload = workload, Number = number } : null;

    private static RepositoryName? NumberedWithId(RepositoryNameKind kind, Guid workload, string leaf)
    {
        if (leaf.Length <= DigitCount || leaf[DigitCount] != '.')
        {
            return Numbered(kind, workload, leaf);
        }

        return Numbered(kind, workload, leaf.AsSpan(0, DigitCount)) is { } parsed && RecordId.TryParse(leaf.AsSpan(DigitCount + 1), out RecordId id)
            ? parsed with { Id = id }
            : null;
    }

    private static bool IsNumber(ReadOnlySpan<char> digits, out long number)
    {
        number = 0;
        return digits.Length == DigitCount && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static bool IsGuid(string text, out Guid workload) =>
        Guid.TryParseExact(text, "D", out workload) && string.Equals(workload.ToString("D"), text, StringComparison.Ordinal);
}
