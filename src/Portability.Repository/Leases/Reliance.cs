using System.Runtime.CompilerServices;
using Portability.Repository.Objects;
using Portability.Repository.References;

namespace Portability.Repository.Leases;

/// <summary>What a writer relies on: single objects, and all that reference trees of earlier snapshots name. Thread-safe.</summary>
internal sealed class Reliance
{
    private readonly Lock gate = new();
    private readonly Dictionary<ObjectId, WrittenObject> objects = [];
    private readonly List<ReferenceTree> trees = [];
    private readonly HashSet<ObjectId> own = [];

    /// <summary>The look at the condemned lists that everything in here was checked against, or is just being.</summary>
    public CondemnedLists Lists { get; private set; } = CondemnedLists.None;

    /// <summary>True if an object was added, or put by the lease itself.</summary>
    public bool Holds(ObjectId id)
    {
        lock (gate)
        {
            return objects.ContainsKey(id) || own.Contains(id);
        }
    }

    /// <summary>Adds an object that was checked against a look at the lists.</summary>
    /// <returns>False if there was a newer look meanwhile: check again.</returns>
    public bool TryAdd(WrittenObject item, CondemnedLists checkedAgainst)
    {
        lock (gate)
        {
            if (!ReferenceEquals(Lists, checkedAgainst))
            {
                return false;
            }

            objects.TryAdd(item.Id, item);
            return true;
        }
    }

    /// <summary>Adds what a tree names; the next check looks at all of it.</summary>
    public void Add(ReferenceTree tree)
    {
        lock (gate)
        {
            trees.Add(tree);
        }
    }

    /// <summary>Takes a tree back.</summary>
    public void Remove(ReferenceTree tree)
    {
        lock (gate)
        {
            trees.Remove(tree);
        }
    }

    /// <summary>Adds objects; the next check looks at all of them.</summary>
    /// <returns>Those that were not in here.</returns>
    public IReadOnlyList<ObjectId> Add(IReadOnlyList<WrittenObject> items)
    {
        lock (gate)
        {
            return [.. items.Where(item => objects.TryAdd(item.Id, item)).Select(item => item.Id)];
        }
    }

    /// <summary>Takes objects back.</summary>
    public void Remove(IReadOnlyList<ObjectId> ids)
    {
        lock (gate)
        {
            foreach (ObjectId id in ids)
            {
                objects.Remove(id);
            }
        }
    }

    /// <summary>Notes that the lease has a copy of its own, which no collector condemns while it lives.</summary>
    public void AddOwn(ObjectId id)
    {
        lock (gate)
        {
            own.Add(id);
        }
    }

    /// <summary>True if the lease has a copy of its own.</summary>
    public bool IsOwn(ObjectId id)
    {
        lock (gate)
        {
            return own.Contains(id);
        }
    }

    /// <summary>From now on what is added is checked against this look.</summary>
    public void Publish(CondemnedLists lists)
    {
        lock (gate)
        {
            Lists = lists;
        }
    }

    /// <summary>Lists what is relied on and not the lease's own, of the objects that lists name.</summary>
    public async IAsyncEnumerable<WrittenObject> ConcernedAsync(
        IReadOnlySet<ObjectId> condemned, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        WrittenObject[] single;
        ReferenceTree[] whole;
        lock (gate)
        {
            single = [.. objects.Values.Where(item => condemned.Contains(item.Id) && !own.Contains(item.Id))];
            whole = [.. trees];
        }

        foreach (WrittenObject item in single)
        {
            yield return item;
        }

        foreach (ReferenceTree tree in whole)
        {
            if (Concerns(tree.Root.Holder, condemned))
            {
                yield return tree.Root.Holder;
            }

            await foreach (WrittenObject item in tree.EntriesAsync(0, cancellationToken).ConfigureAwait(false))
            {
                if (Concerns(item, condemned))
                {
                    yield return item;
                }
            }
        }
    }

    private bool Concerns(WrittenObject item, IReadOnlySet<ObjectId> condemned)
    {
        lock (gate)
        {
            return condemned.Contains(item.Id) && !own.Contains(item.Id);
        }
    }
}
