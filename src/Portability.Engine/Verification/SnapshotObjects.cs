using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Objects;

namespace Portability.Engine.Verification;

/// <summary>Tests every object that some snapshots need, each once, and names for each that is not whole the snapshots that need it.</summary>
internal sealed class SnapshotObjects
{
    private readonly RepositoryConnection connection;
    private readonly FindingList findings;
    private readonly OtherRecordsCheck others;
    private readonly StoredObjects objects;
    private readonly HashSet<WrittenObject> needed = [];

    public SnapshotObjects(RepositoryConnection connection, FindingList findings, OtherRecordsCheck others)
    {
        this.connection = connection;
        this.findings = findings;
        this.others = others;
        objects = new StoredObjects(connection.Store);
    }

    /// <summary>The objects that the snapshots need.</summary>
    public IReadOnlySet<WrittenObject> Needed => needed;

    /// <summary>Copies read.</summary>
    public long ObjectCount { get; private set; }

    /// <summary>Tests the objects.</summary>
    /// <param name="snapshots">Snapshots.</param>
    /// <param name="copies">What the store lists.</param>
    /// <param name="meter">Progress.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A task that ends when all were read.</returns>
    public async Task CheckAsync(IReadOnlyList<CatalogEntry> snapshots, CopyIndex copies, ProgressMeter meter, CancellationToken cancellationToken)
    {
        var broken = new List<(PortabilityException Damage, CatalogEntry Snapshot)>();
        foreach (CatalogEntry snapshot in snapshots)
        {
            await foreach (WrittenObject item in TreeWalk.ObjectsAsync(
                objects, connection.Opened.Id, snapshot, damage => broken.Add((damage, snapshot)), cancellationToken).ConfigureAwait(false))
            {
                needed.Add(item);
                bool isThere = copies.Find(item.Kind, item.Set, item.Id).Length > 0;
                needed.UnionWith(others.SubstitutesOf(item, snapshot.Record.Hash).Where(made => !isThere || copies.Find(made.Kind, made.Set, made.Id).Length > 0));
            }
        }

        meter.SetTotal(needed.Sum(item => item.Length));
        var check = new ObjectCheck(connection.Store, connection.Opened.Id, copies, meter, connection.Environment.WorkerCount);
        await check.CheckAsync(needed, cancellationToken).ConfigureAwait(false);
        if (!check.Found.IsEmpty)
        {
            // The trees are walked again for the few objects that are not whole: to remember for each object who needs it costs more.
            foreach (CatalogEntry snapshot in snapshots)
            {
                await AttributeAsync(check, snapshot, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach ((PortabilityException damage, CatalogEntry snapshot) in broken)
        {
            findings.Add(damage, snapshot.Name.Value, snapshot);
        }

        ObjectCount = check.ObjectCount;
    }

    private async Task AttributeAsync(ObjectCheck check, CatalogEntry snapshot, CancellationToken cancellationToken)
    {
        await foreach (WrittenObject item in TreeWalk.ObjectsAsync(objects, connection.Opened.Id, snapshot, onDamage: null, cancellationToken).ConfigureAwait(false))
        {
            IReadOnlyList<WrittenObject> substitutes = others.SubstitutesOf(item, snapshot.Record.Hash);
            if (!check.Found.TryGetValue(item, out List<TestFinding>? faults) || await IsSubstitutedAsync(check, substitutes, cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            foreach (TestFinding fault in faults.Concat(substitutes.SelectMany(made => check.Found.GetValueOrDefault(made, []))))
            {
                findings.Add(fault, snapshot);
            }
        }
    }

    private static async Task<bool> IsSubstitutedAsync(ObjectCheck check, IReadOnlyList<WrittenObject> substitutes, CancellationToken cancellationToken)
    {
        foreach (WrittenObject substitute in substitutes)
        {
            if (await check.IsWholeAsync(substitute, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }

        return false;
    }
}
