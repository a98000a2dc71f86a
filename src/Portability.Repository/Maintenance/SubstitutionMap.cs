using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.Maintenance;

/// <summary>Tells which object a manifest needs in place of one that it names. Immutable.</summary>
/// <remarks>FORMAT.md, section 16. A circle of substitutions, which no compactor makes, substitutes nothing.</remarks>
internal sealed class SubstitutionMap
{
    private readonly IReadOnlyList<Substitution> all;
    private readonly IReadOnlySet<ObjectId> there;
    private readonly Dictionary<ObjectId, List<Substitution>> byOld = [];

    /// <summary>Initialises a map.</summary>
    /// <param name="all">Substitutions that count.</param>
    /// <param name="there">Those of their new packs that are there.</param>
    public SubstitutionMap(IReadOnlyList<Substitution> all, IReadOnlySet<ObjectId> there)
    {
        this.all = all;
        this.there = there;
        foreach (Substitution item in all)
        {
            foreach (ObjectId old in item.Old)
            {
                (byOld.TryGetValue(old, out List<Substitution>? known) ? known : byOld[old] = []).Add(item);
            }
        }
    }

    /// <summary>True if some substitution replaces the object for some manifest.</summary>
    public bool Concerns(ObjectId id) => byOld.ContainsKey(id);

    /// <summary>The same text for manifests that the same substitutions are complete for; empty where there are none.</summary>
    public string ClassOf(RecordHash manifest) => all.Count == 0
        ? string.Empty
        : string.Join('|', all.Where(item => item.CompleteFor.Contains(manifest)).Select(item => item.Name.Value));

    /// <summary>The object that must stay for a manifest that names one: the last of a chain of substitutions whose pack is there, else the object itself.</summary>
    public ObjectId Resolve(ObjectId id, RecordHash manifest) => Find(id, manifest, there: true, [])!.Value;

    /// <summary>The new pack that serves a manifest in place of an object.</summary>
    /// <returns>Null if it is not substituted.</returns>
    public WrittenObject? FindSubstitute(ObjectId id, RecordHash manifest)
    {
        ObjectId end = Resolve(id, manifest);
        return end == id ? null : all.First(item => item.New.Id == end).New;
    }

    private ObjectId? Find(ObjectId id, RecordHash manifest, bool there, HashSet<ObjectId> way)
    {
        if (way.Add(id) && byOld.TryGetValue(id, out List<Substitution>? substitutes))
        {
            foreach (Substitution item in substitutes.Where(item => item.CompleteFor.Contains(manifest)))
            {
                if (Find(item.New.Id, manifest, this.there.Contains(item.New.Id), way) is { } end)
                {
                    return end;
                }
            }
        }

        return there ? id : null;
    }
}
