using System.Security.Cryptography;
using Xunit;

namespace Portability.FileSystems.Tests;

/// <summary>Files and folders made at random in a folder of the host, and the comparison of such a folder with a volume.</summary>
internal static class RandomTree
{
    // No tilde: for a name with one in its seventh place mtools stores a checksum that does not fit, as fsck.fat tells too.
    private const string Units = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-+,;=()&'!@#$%^{}`\u00E9\u00FC\u00D1\u00DF\u03A9\u042F\u65E5\u672C\uAC00";

    /// <summary>Makes folders and files; names differ whatever their case.</summary>
    /// <param name="folder">Folder of the host.</param>
    /// <param name="random">Source of all choices.</param>
    /// <param name="count">Files and folders in all.</param>
    /// <param name="maximumLength">Longest file in bytes.</param>
    public static void Make(string folder, Random random, int count, int maximumLength)
    {
        var folders = new List<string> { folder };
        var used = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < count;)
        {
            string parent = folders[random.Next(folders.Count)];
            string path = Path.Combine(parent, Name(random));
            if (!used.Add(path.ToUpperInvariant()))
            {
                continue;
            }

            if (random.Next(5) == 0)
            {
                folders.Add(Directory.CreateDirectory(path).FullName);
            }
            else
            {
                byte[] content = new byte[random.Next(4) == 0 ? 0 : random.Next(maximumLength)];
                random.NextBytes(content);
                File.WriteAllBytes(path, content);
                File.SetLastWriteTimeUtc(path, new DateTime(1981, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(random.Next(1_500_000_000)));
            }

            i++;
        }
    }

    /// <summary>A volume shows what a folder of the host shows: paths, kinds, lengths, content, and times of change to two seconds.</summary>
    /// <returns>How many files were compared.</returns>
    public static async Task<int> CompareAsync(string folder, IFileSystem volume, bool times = true)
    {
        Dictionary<string, (DirectoryEntry Entry, FileNode Node)> found = await FileTree.ReadAsync(volume);
        var expected = new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .ToDictionary(item => Path.GetRelativePath(folder, item.FullName).Replace(Path.DirectorySeparatorChar, '/'), StringComparer.Ordinal);
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        int files = 0;
        foreach ((string path, FileSystemInfo item) in expected)
        {
            FileNode node = found[path].Node;
            Assert.Equal(item is DirectoryInfo, node.Kind == NodeKind.Directory);
            Assert.Equal(node.Kind, found[path].Entry.Kind);
            if (item is not FileInfo file)
            {
                continue;
            }

            Assert.Equal(file.Length, node.Length);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file.FullName))), await FileTree.HashAsync(volume, node.Id, 70_001));
            Assert.Equal(file.Length, (await volume.ExtentsAsync(node.Id)).Sum(extent => extent.Length));
            if (times)
            {
                Assert.InRange((file.LastWriteTimeUtc - node.Times.Modified!.Value.ToDateTime()).TotalSeconds, -0.001, 2);
            }

            files++;
        }

        return files;
    }

    private static string Name(Random random)
    {
        int length = random.Next(3) == 0 ? 1 + random.Next(8) : 1 + random.Next(60);
        char[] name = new char[length];
        for (int i = 0; i < length; i++)
        {
            // Neither a blank nor a dot first or last: Windows would not take them, and the tools drop them.
            name[i] = i == 0 || i == length - 1 ? Units[random.Next(62)] : Units[random.Next(Units.Length)];
        }

        return new string(name);
    }
}
