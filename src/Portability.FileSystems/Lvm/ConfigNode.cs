using System.Globalization;

namespace Portability.FileSystems.Lvm;

/// <summary>A section of LVM2's text metadata: values and sections by name, in their order. Immutable.</summary>
/// <remarks>lvm.conf(5), "SYNTAX": `name { ... }`, `name = value`, values are numbers, strings and lists of them.</remarks>
internal sealed class ConfigNode
{
    private const int MaximumDepth = 16;

    private readonly Dictionary<string, List<string>> values = new(StringComparer.Ordinal);
    private readonly List<(string Name, ConfigNode Node)> sections = [];

    private ConfigNode()
    {
    }

    /// <summary>Sections in it.</summary>
    public IReadOnlyList<(string Name, ConfigNode Node)> Sections => sections;

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Null if it does not follow the syntax.</returns>
    public static ConfigNode? TryParse(string text)
    {
        var reader = new ConfigReader(text);
        var root = new ConfigNode();
        return root.TryRead(ref reader, 0) && reader.IsAtEnd ? root : null;
    }

    /// <summary>Finds a section.</summary>
    /// <param name="name">Its name.</param>
    public ConfigNode? Section(string name) => sections.FirstOrDefault(section => string.Equals(section.Name, name, StringComparison.Ordinal)).Node;

    /// <summary>A value as text; empty if it is not there.</summary>
    /// <param name="name">Its name.</param>
    public string Text(string name) => values.TryGetValue(name, out List<string>? list) && list.Count > 0 ? list[0] : string.Empty;

    /// <summary>A value as a number; -1 if it is not there or none.</summary>
    /// <param name="name">Its name.</param>
    public long Number(string name) => long.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : -1;

    /// <summary>A list; empty if it is not there.</summary>
    /// <param name="name">Its name.</param>
    public IReadOnlyList<string> List(string name) => values.GetValueOrDefault(name) ?? [];

    private bool TryRead(ref ConfigReader reader, int depth)
    {
        while (reader.Peek() is not ('\0' or '}'))
        {
            if (reader.ReadName() is not { Length: > 0 } name)
            {
                return false;
            }

            if (reader.TryTake('='))
            {
                if (reader.ReadValues() is not { } list)
                {
                    return false;
                }

                values[name] = list;
            }
            else
            {
                var node = new ConfigNode();
                if (depth == MaximumDepth || !reader.TryTake('{') || !node.TryRead(ref reader, depth + 1) || !reader.TryTake('}'))
                {
                    return false;
                }

                sections.Add((name, node));
            }
        }

        return true;
    }
}
