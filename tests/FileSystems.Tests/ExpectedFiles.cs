using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Portability.FileSystems.Tests;

/// <summary>Compares a volume with what other tools found on it (`expected.json`).</summary>
internal static class ExpectedFiles
{
    /// <summary>Each entry that is listed there is there, of the same kind, length and content.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="expected">What was found.</param>
    /// <param name="byInode">True if the numbers of nodes must be equal too.</param>
    /// <param name="isMeta">Tells paths that stand for structures of the file system and not for files.</param>
    /// <returns>How many files' hashes were compared.</returns>
    public static async Task<int> CompareAsync(IFileSystem volume, JsonElement expected, bool byInode, Func<string, bool>? isMeta = null)
    {
        Dictionary<string, (DirectoryEntry Entry, FileNode Node)> found = await FileTree.ReadAsync(volume);
        int hashed = 0;
        foreach (JsonElement file in expected.GetProperty("files").EnumerateArray())
        {
            string path = file.GetProperty("path").GetString()!;
            if ((path.Contains('(', StringComparison.Ordinal) || isMeta?.Invoke(path) == true) && !found.ContainsKey(path))
            {
                continue; // what The Sleuth Kit notes beside names, such as a label's entry
            }

            if (path.Contains('\uFFFD', StringComparison.Ordinal))
            {
                // A name that is no text was written down with its bytes lost: its inode is what can be compared.
                path = found.First(entry => entry.Value.Node.Id.Number.ToString(CultureInfo.InvariantCulture) == file.GetProperty("inode").GetString()).Key;
            }

            Assert.True(found.TryGetValue(path, out (DirectoryEntry Entry, FileNode Node) item), $"'{path}' is not found.");
            if (byInode)
            {
                Assert.Equal(file.GetProperty("inode").GetString(), item.Node.Id.Number.ToString(CultureInfo.InvariantCulture));
            }

            bool isDirectory = file.TryGetProperty("dir", out JsonElement dir) && dir.GetBoolean();
            Assert.Equal(isDirectory, item.Node.Kind == NodeKind.Directory);
            if (file.TryGetProperty("sha256", out JsonElement hash))
            {
                Assert.Equal(file.GetProperty("size").GetInt64(), item.Node.Length);
                Assert.Equal(hash.GetString(), await FileTree.HashAsync(volume, item.Entry.Id));
                hashed++;
            }
        }

        return hashed;
    }
}
