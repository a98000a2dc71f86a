using Portability.Repository.Objects;

namespace Portability.Repository.Maintenance;

/// <summary>Sorts packs into families: those that substitutions tie together. One caller at a time.</summary>
internal sealed class PackFamilies
{
    private readonly Dictionary<ObjectId, ObjectId> parents = [];

    /// <summary>Ties the old packs of each substitution to its new one.</summary>
    public PackFamilies(IEnumerable<Substitution> substitutions)
    {
        foreach (Substitution item in substitutions)
        {
            foreach (ObjectId old in item.Old)
            {
                Tie(item.New.Id, old);
            }
        }
    }

    /// <summary>Ties two packs.</summary>
    public void Tie(ObjectId left, ObjectId right)
    {
        ObjectId leftHead = HeadOf(left), rightHead = HeadOf(right);
        if (leftHead != rightHead)
        {
            parents[rightHead] = leftHead;
        }
    }

    /// <summary>The pack that stands for a family.</summary>
    public ObjectId HeadOf(ObjectId pack)
    {
        ObjectId head = pack;
        while (parents.TryGetValue(head, out ObjectId parent))
        {
            head = parent;
        }

        if (head != pack)
        {
            parents[pack] = head;
        }

        return head;
    }

    /// <summary>All packs that were tied to others.</summary>
    public IEnumerable<ObjectId> Tied => parents.Keys;
}
