using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.Maintenance;

/// <summary>Tells which object a manifest needs in place of one that it names. Immutable.</summary>
/// <remarks>FORMAT.md, section 16. A circle of substitutions, which no compactor makes, substitutes nothing.</remarks>
internal sealed class SubstitutionMap
{
    private readonly IReadOnlyList<Substitution> usable;
    private readonly HashSet<ObjectId> substituted;

    /// <summary>Initialises a map.</summary>
    /// <param name="usable">Substitutions whose new pack is there.</param>
    public SubstitutionMap(IReadOnlyList<Substitution> usable)
    {
        this.usable = usable;
        substituted = usable.SelectMany(item => item.Old).ToHashSet();
    }

    /// <summary>True if some substitution replaces the object for some manifest.</summary>
    public bool Concerns(ObjectId id) => substituted.Contains(id);

    /// <summary>The same text for manifests that the same substitutions are complete for; empty where there are none.</summary>
    public string ClassOf(RecordHash manifest) =>
        string.Join('|', usable.Where(item => item.CompleteFor.Contains(manifest)).Select(item => item.Name.Value));

    /// <summary>The objects that must stay for a manifest that names one.</summary>
    public IReadOnlyCollection<ObjectId> Resolve(ObjectId id, RecordHash manifest)
    {
        List<ObjectId> way = [id];
        while (usable.FirstOrDefault(item => item.Old.Contains(way[^1]) && item.CompleteFor.Contains(manifest)) is { } next)
        {
            if (way.Contains(next.New.Id))
            {
                return way;
            }

            way.Add(next.New.Id);
        }

        return [way[^1]];
    }
}
