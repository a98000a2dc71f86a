using Portability.Engine.Snapshots.Catalog;

namespace Portability.Engine.Verification;

/// <summary>What a test found: one finding for each object, however often it was met. Thread-safe.</summary>
internal sealed class FindingList
{
    private const string Repair = "Run Sync-WorkloadDelta from a mirror to repair it.";
    private const int PlacesShown = 8;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <summary>True if anything was found that makes what was tested unhealthy.</summary>
    public bool HasErrors
    {
        get
        {
            lock (gate)
            {
                return entries.Values.Any(entry => entry.Finding.IsError);
            }
        }
    }

    /// <summary>Adds a finding; where one stands under its name, the first one's text holds.</summary>
    /// <param name="finding">The finding; without an action it gets that of a repair.</param>
    /// <param name="snapshots">Snapshots concerned.</param>
    public void Add(TestFinding finding, params IEnumerable<CatalogEntry> snapshots)
    {
        lock (gate)
        {
            Entry entry = Find(finding);
            foreach (CatalogEntry snapshot in snapshots)
            {
                entry.Snapshots.TryAdd(snapshot.Name.Value, snapshot);
            }
        }
    }

    /// <summary>Adds a finding that the reading of an object ended in.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="name">Object, where the exception names none.</param>
    /// <param name="snapshots">Snapshots concerned.</param>
    public void Add(PortabilityException exception, string name, params IEnumerable<CatalogEntry> snapshots) =>
        Add(Of(exception, name), snapshots);

    /// <summary>Adds blocks of a snapshot that do not read because of an object.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="snapshot">Snapshot.</param>
    /// <param name="disk">Disk number.</param>
    /// <param name="offset">Offset in the disk, bytes.</param>
    /// <param name="blocks">How many blocks from there.</param>
    public void AddBlocks(PortabilityException exception, CatalogEntry snapshot, int disk, long offset, long blocks)
    {
        lock (gate)
        {
            Entry entry = Find(Of(exception, snapshot.Name.Value));
            entry.Snapshots.TryAdd(snapshot.Name.Value, snapshot);
            entry.Blocks += blocks;
            if (entry.Places.Count < PlacesShown)
            {
                entry.Places.Add(FormattableString.Invariant($"{snapshot.Manifest.Name}#{snapshot.Manifest.Number} disk {disk} at 0x{offset:X}"));
            }
        }
    }

    /// <summary>Drops what concerns only snapshots that were removed since the test began.</summary>
    /// <param name="removed">Names of their manifests.</param>
    public void Forget(IReadOnlySet<string> removed)
    {
        lock (gate)
        {
            foreach ((string name, Entry entry) in entries.ToArray())
            {
                if (entry.Snapshots.Count > 0 && entry.Snapshots.Keys.All(removed.Contains))
                {
                    entries.Remove(name);
                }
            }
        }
    }

    /// <summary>Manifests of the snapshots that any finding concerns.</summary>
    /// <returns>Snapshots, each once.</returns>
    public IReadOnlyList<CatalogEntry> Concerned()
    {
        lock (gate)
        {
            return [.. entries.Values.SelectMany(entry => entry.Snapshots.Values).DistinctBy(snapshot => snapshot.Name)];
        }
    }

    /// <summary>All findings: errors first, then by name.</summary>
    /// <returns>Findings.</returns>
    public TestFinding[] ToArray()
    {
        lock (gate)
        {
            return [.. entries.Values.Select(entry => entry.ToFinding()).OrderByDescending(finding => finding.IsError).ThenBy(finding => finding.ObjectName, StringComparer.Ordinal)];
        }
    }

    private static TestFinding Of(PortabilityException exception, string name)
    {
        long offset = exception switch
        {
            IntegrityException integrity => integrity.Offset,
            InvalidFormatException format => format.Offset,
            _ => -1,
        };
        return new TestFinding
        {
            Kind = exception.ErrorId switch
            {
                "ObjectMissing" or "ObjectNotFound" => FindingKind.Missing,
                "RecordExchanged" => FindingKind.Exchanged,
                _ => FindingKind.Damaged,
            },
            ObjectName = exception.TargetName is { Length: > 0 } target ? target : name,
            Offset = offset,
            Message = exception.Message,
            RecommendedAction = exception.RecommendedAction,
            IsError = true,
            IsDamage = true,
        };
    }

    private Entry Find(TestFinding finding)
    {
        if (!entries.TryGetValue(finding.ObjectName, out Entry? entry))
        {
            entries.Add(finding.ObjectName, entry = new Entry(finding.RecommendedAction.Length > 0 ? finding : finding with { RecommendedAction = Repair }));
        }
        else if ((finding.IsError && !entry.Finding.IsError) || (finding.IsDamage && !entry.Finding.IsDamage) || entry.Finding.Offset < 0)
        {
            entry.Finding = entry.Finding with
            {
                IsError = entry.Finding.IsError || finding.IsError,
                IsDamage = entry.Finding.IsDamage || finding.IsDamage,
                Offset = entry.Finding.Offset < 0 ? finding.Offset : entry.Finding.Offset,
            };
        }

        return entry;
    }

    private sealed class Entry(TestFinding finding)
    {
        public TestFinding Finding { get; set; } = finding;

        public Dictionary<string, CatalogEntry> Snapshots { get; } = new(StringComparer.Ordinal);

        public List<string> Places { get; } = [];

        public long Blocks { get; set; }

        public TestFinding ToFinding()
        {
            CatalogEntry[] concerned = [.. Snapshots.Values.OrderBy(entry => entry.Manifest.Name, StringComparer.Ordinal).ThenBy(entry => entry.Manifest.Number)];
            return Finding with
            {
                Message = Blocks == 0
                    ? Finding.Message
                    : FormattableString.Invariant($"{Finding.Message} {Blocks} blocks do not read, such as {string.Join(", ", Places)}."),
                SnapshotIds = [.. concerned.Select(entry => entry.Manifest.Snapshot)],
                Snapshots = [.. concerned.Select(entry => FormattableString.Invariant($"{entry.Manifest.Name}#{entry.Manifest.Number}"))],
            };
        }
    }
}
