using Portability.Core.Crypto;

namespace Portability.Repository.Backends;

/// <summary>A simulated folder: its names, and the changes to them that no flush has made durable.</summary>
internal sealed class VolatileFolder(ulong number) : VolatileNode(number)
{
    private readonly List<(string Name, VolatileNode? Node)> pending = [];
    private SortedDictionary<string, VolatileNode> flushed = new(StringComparer.Ordinal);

    /// <summary>What a reader sees while there is power.</summary>
    public SortedDictionary<string, VolatileNode> Names { get; private set; } = new(StringComparer.Ordinal);

    public void Add(string name, VolatileNode node)
    {
        Names.Add(name, node);
        pending.Add((name, node));
    }

    public void Remove(string name)
    {
        Names.Remove(name);
        pending.Add((name, null));
    }

    public void Flush()
    {
        flushed = new SortedDictionary<string, VolatileNode>(Names, StringComparer.Ordinal);
        pending.Clear();
    }

    /// <summary>Keeps what was flushed, and of the changes of each name any number of the first ones.</summary>
    public override void LosePower(RandomSource random, int keptInHundred)
    {
        HashSet<string> cut = new(StringComparer.Ordinal);
        foreach ((string name, VolatileNode? node) in pending)
        {
            if (cut.Contains(name) || random.NextInt32(100) >= keptInHundred)
            {
                cut.Add(name);
            }
            else if (node is null)
            {
                flushed.Remove(name);
            }
            else
            {
                flushed[name] = node;
            }
        }

        pending.Clear();
        Names = new SortedDictionary<string, VolatileNode>(flushed, StringComparer.Ordinal);
        foreach (VolatileNode node in Names.Values)
        {
            node.LosePower(random, keptInHundred);
        }
    }
}
