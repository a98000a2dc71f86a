using Portability.Repository.Objects;

namespace Portability.Repository.Maintenance;

/// <summary>A pack, and packs that substitutions tie to it: rewritten together, so that what one holds in the place of another is not kept twice.</summary>
internal sealed class PackFamily
{
    public PackFamily(Guid scope, BlockSet set, IReadOnlyList<WrittenObject> packs, IReadOnlySet<ObjectId> members)
    {
        Scope = scope;
        Set = set;
        Packs = packs;
        Members = members;
    }

    /// <summary>The workload within which its blocks are shared; empty where they are shared in the whole repository.</summary>
    public Guid Scope { get; }

    /// <summary>Set of its blocks.</summary>
    public BlockSet Set { get; }

    /// <summary>Those that are there and needed.</summary>
    public IReadOnlyList<WrittenObject> Packs { get; }

    /// <summary>Ids of all of them, and of those that are gone.</summary>
    public IReadOnlySet<ObjectId> Members { get; }

    /// <summary>Bytes of those that are there.</summary>
    public long Length => Packs.Sum(pack => pack.Length);

    /// <summary>True if it is rewritten however little of it is dead.</summary>
    public bool IsForced { get; set; }
}
