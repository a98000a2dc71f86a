using Portability.Tests;

namespace Portability.Architecture.Tests;

/// <summary>The checkout's own files, build output left out.</summary>
internal static class SourceTree
{
    private static readonly string[] Output = ["bin", "obj", "out", "TestResults", "BenchmarkDotNet.Artifacts", ".git"];

    public static string Root => TestData.RepositoryRoot;

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    public static IEnumerable<string> Files(string folder, string pattern)
    {
        string start = File(folder);
        if (!Directory.Exists(start))
        {
            yield break;
        }

        var folders = new Stack<string>([start]);
        while (folders.TryPop(out string? current))
        {
            foreach (string file in Directory.EnumerateFiles(current, pattern).Order(StringComparer.Ordinal))
            {
                yield return file;
            }

            foreach (string child in Directory.EnumerateDirectories(current))
            {
                if (!Output.Contains(Path.GetFileName(child), StringComparer.Ordinal))
                {
                    folders.Push(child);
                }
            }
        }
    }

    public static IEnumerable<string> Projects() => Directory.EnumerateDirectories(File("src")).Order(StringComparer.Ordinal).Select(folder => Path.GetFileName(folder)!);
}
