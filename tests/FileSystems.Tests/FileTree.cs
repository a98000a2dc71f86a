using System.Globalization;
using System.Security.Cryptography;

namespace Portability.FileSystems.Tests;

/// <summary>All nodes of a volume, by path, read through the contract.</summary>
internal static class FileTree
{
    private const int MaximumDepth = 64;

    /// <summary>Walks a volume from its root.</summary>
    public static async Task<Dictionary<string, (DirectoryEntry Entry, FileNode Node)>> ReadAsync(IFileSystem volume)
    {
        var found = new Dictionary<string, (DirectoryEntry, FileNode)>(StringComparer.Ordinal);
        await WalkAsync(volume, volume.Root, string.Empty, 0, found);
        return found;
    }

    /// <summary>SHA-256 of a file's content, in lower-case hexadecimal; read in pieces of an odd length.</summary>
    public static async Task<string> HashAsync(IFileSystem volume, FileId id, int piece = 100_003)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[piece];
        long offset = 0;
        int count;
        while ((count = await volume.ReadAsync(id, default, offset, buffer, CancellationToken.None)) > 0)
        {
            hash.AppendData(buffer, 0, count);
            offset += count;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The whole content of a file.</summary>
    public static async Task<byte[]> ContentAsync(IFileSystem volume, FileId id)
    {
        FileNode node = await volume.GetNodeAsync(id, CancellationToken.None);
        byte[] content = new byte[node.Length];
        int count = await volume.ReadAsync(id, default, 0, content, CancellationToken.None);
        return count == content.Length ? content : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{count} of {content.Length} bytes were read."));
    }

    private static async Task WalkAsync(IFileSystem volume, FileId directory, string path, int depth, Dictionary<string, (DirectoryEntry, FileNode)> found)
    {
        await foreach (DirectoryEntry entry in volume.ListAsync(directory, CancellationToken.None))
        {
            string name = path.Length == 0 ? entry.Name.ToString() : path + "/" + entry.Name;
            FileNode node = await volume.GetNodeAsync(entry.Id, CancellationToken.None);
            found.Add(name, (entry, node));
            if (node.Kind == NodeKind.Directory && depth < MaximumDepth)
            {
                await WalkAsync(volume, entry.Id, name, depth + 1, found);
            }
        }
    }
}
