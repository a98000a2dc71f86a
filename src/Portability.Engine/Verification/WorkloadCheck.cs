using System.Buffers.Binary;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Verification;

/// <summary>Tests the numbers of one workload: manifests, voids, tombstones and forks, what is missing between them and behind the last.</summary>
/// <remarks>FORMAT.md, sections 13 and 15.</remarks>
internal sealed class WorkloadCheck
{
    private readonly OpenRepository opened;
    private readonly FindingList findings;
    private readonly RecordCheck records;
    private readonly Guid workload;
    private readonly List<RepositoryName> names;
    private readonly Dictionary<long, string?> removed = [];
    private readonly HashSet<long> removedHere = [];
    private readonly HashSet<long> voids = [];
    private readonly SortedDictionary<long, CatalogEntry> standing = [];

    private WorkloadCheck(OpenRepository opened, FindingList findings, Guid workload, List<RepositoryName> names)
    {
        this.opened = opened;
        this.findings = findings;
        records = new RecordCheck(opened, findings);
        this.workload = workload;
        this.names = names;
    }

    /// <summary>Highest number of a manifest, a void or a tombstone that counts; 0 where there is none.</summary>
    public long Highest => Math.Max(
        removed.Keys.DefaultIfEmpty().Max(), names.Where(name => name.Kind == RepositoryNameKind.Manifest).Select(name => name.Number).DefaultIfEmpty().Max());

    /// <summary>Lists a workload and reads its tombstones.</summary>
    /// <param name="connection">Connection.</param>
    /// <param name="findings">Where findings go.</param>
    /// <param name="workload">Workload.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The check.</returns>
    public static async Task<WorkloadCheck> OpenAsync(RepositoryConnection connection, FindingList findings, Guid workload, CancellationToken cancellationToken)
    {
        var names = new List<RepositoryName>();
        await foreach (BlobEntry entry in connection.Store.ListAsync(RepositoryNames.ManifestPrefix(workload), cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts))
            {
                names.Add(parts);
            }
        }

        var check = new WorkloadCheck(connection.Opened, findings, workload, names);
        await check.ReadTombstonesAsync(cancellationToken).ConfigureAwait(false);
        return check;
    }

    /// <summary>Tests one snapshot and what concerns it.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The snapshot; null where it does not stand, which is a finding.</returns>
    public async Task<CatalogEntry?> CheckOneAsync(long number, CancellationToken cancellationToken)
    {
        BlobName plain = RepositoryNames.Manifest(workload, number);
        if (removedHere.Contains(number))
        {
            Add(FindingKind.Missing, plain.Value, "The snapshot was removed: a tombstone covers its number.");
            return null;
        }

        await ReadNumberAsync(number, names.Where(name => name.Kind == RepositoryNameKind.Manifest && name.Number == number), cancellationToken).ConfigureAwait(false);
        if (!standing.TryGetValue(number, out CatalogEntry? entry))
        {
            if (!names.Exists(name => name.Kind == RepositoryNameKind.Manifest && name.Number == number))
            {
                Add(FindingKind.Missing, plain.Value, "There is no manifest, and no tombstone that says that it was removed.");
            }
            else if (voids.Contains(number))
            {
                Add(FindingKind.Missing, plain.Value, "A collector gave its writer up: no snapshot has this number.");
            }

            CheckSeen();
            return null;
        }

        // The parent is read for the sake of its hash: its own faults are those of another snapshot.
        var silent = new WorkloadCheck(opened, new FindingList(), workload, names);
        long parent = entry.Manifest.ParentNumber;
        await silent.ReadNumberAsync(parent, names.Where(name => name.Kind == RepositoryNameKind.Manifest && name.Number == parent), cancellationToken).ConfigureAwait(false);
        CheckParent(entry, silent.standing, silent.voids);
        CheckSeen();
        return entry;
    }

    /// <summary>Tests every number of the workload.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Snapshots that stand and count, ascending.</returns>
    public async Task<IReadOnlyList<CatalogEntry>> CheckAllAsync(CancellationToken cancellationToken)
    {
        foreach (IGrouping<long, RepositoryName> number in names.Where(name => name.Kind == RepositoryNameKind.Manifest).GroupBy(name => name.Number))
        {
            await ReadNumberAsync(number.Key, number, cancellationToken).ConfigureAwait(false);
        }

        foreach (RepositoryName name in names.Where(name => name.Kind == RepositoryNameKind.Fork))
        {
            await CheckForkAsync(name, cancellationToken).ConfigureAwait(false);
        }

        foreach (CatalogEntry entry in standing.Values)
        {
            CheckParent(entry, standing, voids);
        }

        CheckGaps();
        CheckSeen();
        return [.. standing.Values];
    }

    private async Task ReadTombstonesAsync(CancellationToken cancellationToken)
    {
        foreach (RepositoryName name in names.Where(name => name.Kind
            is RepositoryNameKind.Tombstone or RepositoryNameKind.MergedTombstones or RepositoryNameKind.TombstoneFact or RepositoryNameKind.MergedTombstoneFact))
        {
            bool merged = name.Kind is RepositoryNameKind.MergedTombstones or RepositoryNameKind.MergedTombstoneFact;
            bool fact = name.Instance is not null;
            BlobName place = merged
                ? RepositoryNames.MergedTombstones(workload, name.Number, name.Last, name.Instance)
                : RepositoryNames.Tombstone(workload, name.Number, name.Instance);
            SignedRecord? record = await records.ReadAsync(place, cancellationToken).ConfigureAwait(false);
            if (record is null
                || !records.Counts(record, merged ? RecordKind.MergedTombstones : RecordKind.Tombstone, SignerRights.Remove, receiptKey: !fact, workload, merged ? null : name.Number)
                || records.Place(record) is not { } body)
            {
                continue;
            }

            bool fits = body.Workload == workload
                && (merged ? body.From == name.Number && body.To == name.Last : body.Number == name.Number)
                && body.Instance == (name.Instance ?? opened.Instance?.Id ?? body.Instance);
            if (!fits)
            {
                records.Report(record, FindingKind.Exchanged, FormattableString.Invariant($"It is the tombstone of number {body.Number ?? body.From} of workload {body.Workload:D} at store {body.Instance:D}."));
                continue;
            }

            foreach (RecordPlace item in merged ? body.Tombstones ?? [] : [body])
            {
                Note(item, name, merged, fact);
            }
        }
    }

    /// <summary>Notes a number that was removed, here or at another store.</summary>
    private void Note(RecordPlace item, RepositoryName name, bool merged, bool fact)
    {
        if (item.Number is { } number && item.Workload == workload && (!merged || (number >= name.Number && number <= name.Last)))
        {
            removed.TryAdd(number, item.Hash);
            if (!fact && opened.Instance is { } instance && item.Instance == instance.Id)
            {
                removedHere.Add(number);
            }
        }
    }

    // A manifest that was damaged is put again beside the damage: what a name says that does not count is no error then, it is only told.
    private async Task ReadNumberAsync(long number, IEnumerable<RepositoryName> places, CancellationToken cancellationToken)
    {
        var faults = new List<(RepositoryName Name, FindingList Findings)>();
        foreach (RepositoryName name in places)
        {
            var found = new FindingList();
            await ReadManifestAsync(name, new RecordCheck(opened, found), found, cancellationToken).ConfigureAwait(false);
            faults.Add((name, found));
        }

        foreach ((RepositoryName name, FindingList found) in faults)
        {
            foreach (TestFinding fault in found.ToArray())
            {
                // A stranger's record under a second name was put there by nobody's repair: that stays an error.
                bool repaired = standing.TryGetValue(number, out CatalogEntry? whole) && (name.Id is null || fault.Kind != FindingKind.NotAdmitted);
                findings.Add(!repaired ? fault : fault with
                {
                    Message = $"{fault.Message} The manifest stands whole beside it, as '{whole!.Name}', so that nothing is missing.",
                    RecommendedAction = "Nothing has to be done. Where this comes again and again, have the storage checked.",
                    IsError = false,
                    IsDamage = false,
                });
            }
        }
    }

    private async Task ReadManifestAsync(RepositoryName name, RecordCheck judge, FindingList faults, CancellationToken cancellationToken)
    {
        BlobName place = RepositoryNames.Manifest(workload, name.Number, name.Id);
        SignedRecord? record = await judge.ReadAsync(place, cancellationToken).ConfigureAwait(false);
        if (record is null)
        {
            return;
        }

        if (record.Kind == RecordKind.Void)
        {
            if (judge.Counts(record, RecordKind.Void, SignerRights.Compact, receiptKey: true) && judge.Place(record) is { } body)
            {
                if (string.Equals(body.Name, place.Value, StringComparison.Ordinal))
                {
                    voids.Add(name.Number);
                }
                else
                {
                    judge.Report(record, FindingKind.Exchanged, $"It is the void of '{body.Name}'.");
                }
            }

            return;
        }

        if (removedHere.Contains(name.Number) || TryParse(record, name.Number, judge, faults) is not { } manifest)
        {
            return;
        }

        var entry = new CatalogEntry(place, record, manifest);
        if (!standing.TryAdd(name.Number, entry))
        {
            if (standing[name.Number].Record.Hash != record.Hash)
            {
                Add(FindingKind.Exchanged, place.Value, $"Two snapshots stand under one number; the other one is '{standing[name.Number].Name}'.");
            }

            return;
        }

        if (manifest.Trust > opened.Trust.Number)
        {
            findings.Add(
                new TestFinding
                {
                    Kind = FindingKind.RolledBack,
                    ObjectName = RepositoryNames.Trust(manifest.Trust).Value,
                    Message = FormattableString.Invariant($"'{place}' was written with trust record {manifest.Trust} known, the store shows {opened.Trust.Number}."),
                    IsError = true,
                },
                entry);
        }
    }

    private SnapshotManifest? TryParse(SignedRecord record, long number, RecordCheck judge, FindingList faults)
    {
        if (!judge.Counts(record, RecordKind.Manifest, SignerRights.Capture, receiptKey: false, workload, number))
        {
            return null;
        }

        try
        {
            SnapshotManifest manifest = SnapshotManifest.Read(record);
            if (manifest.Workload == workload && manifest.Number == number)
            {
                return manifest;
            }

            judge.Report(record, FindingKind.Exchanged, FormattableString.Invariant($"It is snapshot {manifest.Number} of workload {manifest.Workload:D} ('{manifest.Name}')."));
        }
        catch (PortabilityException exception)
        {
            faults.Add(exception, record.Name!);
        }

        return null;
    }

    private async Task CheckForkAsync(RepositoryName name, CancellationToken cancellationToken)
    {
        byte[] start = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(start, name.ForkHash);
        BlobName place = RepositoryNames.Fork(workload, name.Number, start);
        SignedRecord? record = await records.ReadAsync(place, cancellationToken).ConfigureAwait(false);
        if (record is null || TryParse(record, name.Number, records, findings) is not { } manifest)
        {
            return;
        }

        if (BinaryPrimitives.ReadUInt64BigEndian(record.Hash.AsSpan()) != name.ForkHash)
        {
            records.Report(record, FindingKind.Exchanged, $"Its hash is {record.Hash}, another than its name says.");
            return;
        }

        findings.Add(
            new TestFinding
            {
                Kind = FindingKind.Forked,
                ObjectName = place.Value,
                Message = FormattableString.Invariant($"Snapshot {manifest.Number} of '{manifest.Name}', begun at {manifest.Created:u}, was captured after the workload had moved its home; it stands beside the others."),
                RecommendedAction = "Compare it with Compare-WorkloadSnapshot and keep what is needed of it with Restore-WorkloadImage.",
            },
            new CatalogEntry(place, record, manifest));
    }

    private void CheckParent(CatalogEntry entry, SortedDictionary<long, CatalogEntry> known, HashSet<long> knownVoids)
    {
        long parent = entry.Manifest.ParentNumber;
        string? fact = null;
        if (parent == 0)
        {
            return;
        }

        if (known.TryGetValue(parent, out CatalogEntry? other))
        {
            fact = other.Record.Hash == entry.Manifest.ParentHash && other.Manifest.Snapshot == entry.Manifest.ParentSnapshot
                ? null
                : FormattableString.Invariant($"It was captured after a snapshot {parent} with hash {entry.Manifest.ParentHash}; the one that stands has {other.Record.Hash}.");
        }
        else if (knownVoids.Contains(parent))
        {
            fact = FormattableString.Invariant($"Its parent {parent} is a void.");
        }
        else if (removed.TryGetValue(parent, out string? hash) && !string.IsNullOrEmpty(hash) && !string.Equals(hash, entry.Manifest.ParentHash.ToString(), StringComparison.Ordinal))
        {
            fact = FormattableString.Invariant($"It was captured after a snapshot {parent} with hash {entry.Manifest.ParentHash}; the one that was removed had {hash}.");
        }

        if (fact is not null)
        {
            findings.Add(new TestFinding { Kind = FindingKind.Exchanged, ObjectName = entry.Name.Value, Message = fact, IsError = true }, entry);
        }
    }

    private void CheckGaps()
    {
        // Only numbers that count or are accounted for make a gap: else a forged name at a high number would.
        long[] sure = [.. standing.Keys.Concat(removed.Keys).Concat(voids).Distinct().Order()];
        HashSet<long> here = [.. names.Where(name => name.Kind == RepositoryNameKind.Manifest).Select(name => name.Number)];
        long last = 0;
        foreach (long number in sure)
        {
            long first = last + 1;
            while (first < number && here.Contains(first))
            {
                first++; // stands, and has a finding of its own where it does not count
            }

            if (first < number)
            {
                long end = first;
                while (end + 1 < number && end - first < 1000 && !here.Contains(end + 1))
                {
                    end++;
                }

                CatalogEntry? after = standing.GetValueOrDefault(number);
                bool home = after is null || after.Manifest.HomeInstance == opened.Instance?.Id || after.Manifest.ParentNumber == first;
                Add(
                    FindingKind.Missing,
                    RepositoryNames.Manifest(workload, first).Value,
                    FormattableString.Invariant($"Numbers {first} to {end} have no manifest, no void and no tombstone, though {number} is there."),
                    home);
            }

            last = number;
        }
    }

    private void CheckSeen()
    {
        if (opened is not { Instance: { } instance, State: { } state } || state.ReadSeen(opened.Id, instance.Id, workload) is not { } seen)
        {
            return;
        }

        string place = RepositoryNames.Manifest(workload, seen.Number).Value;
        long highest = Highest;
        if (highest < seen.Number)
        {
            Add(FindingKind.RolledBack, place, FormattableString.Invariant($"This machine has seen snapshot {seen.Number} here, the newest one is now {highest}, and no tombstone says that it was removed."));
        }
        else if (standing.TryGetValue(seen.Number, out CatalogEntry? entry) && entry.Record.Hash != seen.Hash)
        {
            findings.Add(
                new TestFinding
                {
                    Kind = FindingKind.Exchanged,
                    ObjectName = place,
                    Message = FormattableString.Invariant($"This machine has seen another snapshot {seen.Number} here: {seen.Hash}, not {entry.Record.Hash}."),
                    IsError = true,
                },
                entry);
        }
    }

    private void Add(FindingKind kind, string name, string message, bool isError = true) =>
        findings.Add(new TestFinding { Kind = kind, ObjectName = name, Message = message, IsError = isError, IsDamage = isError && kind == FindingKind.Missing });
}
