using System.Globalization;

namespace Portability.FileSystems.Tests.Ext;

/// <summary>All that a volume shows, a line a name, so that two views of one volume can be compared.</summary>
internal static class VolumeFacts
{
    /// <summary>Reads names, kinds, lengths, modes, owners, links, times of content, hashes and targets.</summary>
    public static async Task<string[]> ReadAsync(IFileSystem volume)
    {
        var facts = new List<string>();
        foreach ((string path, (DirectoryEntry entry, FileNode node)) in (await FileTree.ReadAsync(volume)).OrderBy(item => item.Key, StringComparer.Ordinal))
        {
            string content = node.Kind switch
            {
                NodeKind.File => await FileTree.HashAsync(volume, entry.Id),
                NodeKind.SymbolicLink => (await volume.ReadLinkAsync(entry.Id, CancellationToken.None)).ToString(),
                _ => node.Device?.ToString() ?? string.Empty,
            };
            facts.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{path} {node.Id} {node.Kind} {node.Length} {node.Ownership} {node.LinkCount} {node.Times.Modified} {content}"));
        }

        return [.. facts];
    }
}
