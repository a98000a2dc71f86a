using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Locations;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Packs;
using Portability.Repository.Repositories;

namespace Portability.Repository.Maintenance;

/// <summary>
/// Estimates how much of each pack is dead, and chooses those that are worth to be rewritten. Nothing is decided by the estimate: what is
/// copied is marked anew once the packs are condemned. Used once.
/// </summary>
/// <remarks>FORMAT.md, section 16.</remarks>
internal sealed class PackSurvey
{
    private readonly OpenRepository repository;
    private readonly LiveObjects live;
    private readonly PackLocator locator;
    private readonly CompactOptions options;
    private readonly PackFamilies families;
    private readonly Dictionary<ObjectId, (WrittenObject Pack, Guid Scope)> named = [];
    private readonly HashSet<ObjectId> blocked = [];
    private readonly HashSet<ObjectId> there = [];
    private readonly Dictionary<ObjectId, List<WrittenObject>> packs = [];
    private readonly Dictionary<ObjectId, (DistinctCounter Live, long Blocks)> counters = [];
    private readonly Dictionary<ObjectId, ObjectId?> moved = [];

    /// <summary>Initialises a survey.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="live">What manifests need, just marked.</param>
    /// <param name="locator">Finds blocks whose pack is gone.</param>
    /// <param name="options">What is worth it.</param>
    public PackSurvey(OpenRepository repository, LiveObjects live, PackLocator locator, CompactOptions options)
    {
        this.repository = repository;
        this.live = live;
        this.locator = locator;
        this.options = options;
        families = new PackFamilies(live.Substitutions);
    }

    /// <summary>Looks at all snapshots.</summary>
    /// <param name="nodes">Reads nodes of maps.</param>
    /// <param name="lists">What is condemned: packs in there are rewritten, so that the lists can be dropped.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What to rewrite, the deadest first.</returns>
    /// <exception cref="PortabilityException">The store failed, or a reference tree is damaged.</exception>
    public async Task<List<PackFamily>> TakeAsync(MapNodeSource nodes, CondemnedLists lists, CancellationToken cancellationToken)
    {
        await NameAsync(cancellationToken).ConfigureAwait(false);
        await FindAsync(cancellationToken).ConfigureAwait(false);
        (_, List<FoundManifest> broken) = await live.VisitAsync(nodes, CountAsync, cancellationToken).ConfigureAwait(false);
        foreach (FoundManifest manifest in broken)
        {
            await BlockAsync(manifest, cancellationToken).ConfigureAwait(false);
        }

        return Choose(lists);
    }

    private Guid ScopeOf(FoundManifest manifest) =>
        repository.Configuration.DedupScope == DedupScope.Workload ? manifest.Manifest.Workload : Guid.Empty;

    private async Task NameAsync(CancellationToken cancellationToken)
    {
        var seen = new HashSet<(Digest Node, Guid Scope)>();
        foreach (FoundManifest manifest in live.Manifests.Where(manifest => manifest.Counts))
        {
            if (live.Tree(manifest) is { } tree)
            {
                Guid scope = ScopeOf(manifest);
                await foreach (WrittenObject entry in tree.UnseenAsync(node => seen.Add((node, scope)), cancellationToken).ConfigureAwait(false))
                {
                    if (entry.Kind == ObjectKind.Pack)
                    {
                        named.TryAdd(entry.Id, (entry, scope));
                    }
                }

                foreach (Substitution item in live.Substitutions.Where(item => item.CompleteFor.Contains(manifest.Hash)))
                {
                    named.TryAdd(item.New.Id, (item.New, scope));
                }
            }
        }
    }

    private async Task FindAsync(CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.PackPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts)
                && parts.Kind == RepositoryNameKind.StoredObject
                && named.TryGetValue(parts.ObjectId, out (WrittenObject Pack, Guid Scope) known)
                && entry.Length == known.Pack.Length
                && there.Add(parts.ObjectId)
                && live.Contains(parts.ObjectId))
            {
                ObjectId head = families.HeadOf(parts.ObjectId);
                (packs.TryGetValue(head, out List<WrittenObject>? family) ? family : packs[head] = []).Add(known.Pack);
            }
        }

        foreach ((ObjectId head, List<WrittenObject> family) in packs)
        {
            long blocks = 0;
            foreach (WrittenObject pack in family)
            {
                if (await PackReader.TryReadTrailerAsync(repository.Store, pack, cancellationToken).ConfigureAwait(false) is { } trailer)
                {
                    blocks += trailer.BlockCount;
                }
                else
                {
                    blocked.Add(head);
                }
            }

            counters.Add(head, (new DistinctCounter(blocks), blocks));
        }
    }

    private async ValueTask CountAsync(BlockSet set, BlockLocation location, CancellationToken cancellationToken)
    {
        ObjectId? pack = location.Pack;
        if (!there.Contains(location.Pack) && !moved.TryGetValue(location.Pack, out pack))
        {
            pack = null;
            if (!counters.ContainsKey(families.HeadOf(location.Pack)))
            {
                await foreach (ObjectId place in locator.FindAsync(set, location, cancellationToken).ConfigureAwait(false))
                {
                    if (there.Contains(place))
                    {
                        pack = place;
                        break;
                    }
                }
            }
            else
            {
                pack = location.Pack;
            }

            moved.Add(location.Pack, pack);
        }

        if (pack is not null && counters.TryGetValue(families.HeadOf(pack.Value), out (DistinctCounter Live, long Blocks) counter))
        {
            counter.Live.Add(location.Id);
        }
    }

    /// <summary>What cannot be marked keeps all that it names.</summary>
    private async Task BlockAsync(FoundManifest manifest, CancellationToken cancellationToken)
    {
        if (live.Tree(manifest) is { } tree)
        {
            try
            {
                await foreach (WrittenObject entry in tree.EntriesAsync(0, cancellationToken).ConfigureAwait(false))
                {
                    blocked.Add(families.HeadOf(entry.Id));
                }
            }
            catch (PortabilityException exception) when (!manifest.Counts && exception is IntegrityException or InvalidFormatException)
            {
                // Nobody's snapshot: what can be read of it is kept.
            }
        }
    }

    private List<PackFamily> Choose(CondemnedLists lists)
    {
        var members = packs.Keys.ToDictionary(head => head, head => new HashSet<ObjectId> { head });
        foreach (ObjectId tied in families.Tied)
        {
            if (members.TryGetValue(families.HeadOf(tied), out HashSet<ObjectId>? family))
            {
                family.Add(tied);
            }
        }

        var chosen = new List<(PackFamily Family, double Dead)>();
        var small = new List<(PackFamily Family, double Dead)>();
        foreach ((ObjectId head, List<WrittenObject> present) in packs.Where(item => !blocked.Contains(item.Key)))
        {
            (DistinctCounter counter, long blocks) = counters[head];
            double dead = blocks == 0 ? 1 : 1 - (counter.Count() / blocks);
            var family = new PackFamily(named[present[0].Id].Scope, present[0].Set, present, members[head])
            {
                IsForced = present.Exists(pack => lists.NamesAny(pack.Id)),
            };
            if (family.IsForced || dead >= options.DeadShare)
            {
                chosen.Add((family, dead));
            }

            if (!family.IsForced && family.Length < options.SmallLength)
            {
                small.Add((family, dead));
            }
        }

        foreach (IGrouping<(Guid, BlockSet), (PackFamily Family, double Dead)> together in small.GroupBy(item => (item.Family.Scope, item.Family.Set)))
        {
            if (together.Count() >= options.SmallCount)
            {
                foreach ((PackFamily family, double dead) in together)
                {
                    if (dead < options.DeadShare)
                    {
                        chosen.Add((family, dead));
                    }

                    family.IsForced = true;
                }
            }
        }

        return [.. chosen.OrderByDescending(item => item.Dead).ThenBy(item => item.Family.Packs[0].Id).Select(item => item.Family)];
    }
}
