namespace Portability.Disks.Formats;

/// <summary>Lists the existing files that may be an image's parent.</summary>
internal static class ParentCandidates
{
    /// <summary>Lists full paths of existing files, the best first, each once.</summary>
    /// <param name="files">Where files are.</param>
    /// <param name="given">Files or folders the user named; relative ones start at the current folder.</param>
    /// <param name="locators">Paths as the image states them; relative ones start at the child's folder.</param>
    /// <param name="child">Full path of the child, or null.</param>
    public static IEnumerable<string> List(IDiskFiles files, IReadOnlyList<string> given, IReadOnlyList<string> locators, string? child)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string[] names = [.. locators.Select(FileName).Where(name => name.Length > 0).Distinct(StringComparer.Ordinal)];

        // A named file whose name is the stated one comes before one whose name is not: the list may hold a whole chain.
        foreach (string path in given.OrderBy(path => names.Contains(FileName(path), StringComparer.OrdinalIgnoreCase) ? 0 : 1))
        {
            foreach (string candidate in names.Select(name => $"{path}/{name}").Prepend(path))
            {
                if (Find(files, candidate, baseFile: null) is { } found && seen.Add(found))
                {
                    yield return found;
                }
            }
        }

        foreach (string locator in locators.Concat(names).Where(locator => child is not null || IsRooted(locator)))
        {
            if (Find(files, locator, child) is { } found && seen.Add(found))
            {
                yield return found;
            }
        }
    }

    private static string? Find(IDiskFiles files, string path, string? baseFile)
    {
        // A path with NUL names no file, and asking for it would be an argument error.
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        // Locators written by Windows have backslashes, which elsewhere are part of a name.
        string[] forms = path.Contains('\\', StringComparison.Ordinal) ? [path, path.Replace('\\', '/')] : [path];
        return forms.Select(form => files.GetFullPath(form, baseFile)).FirstOrDefault(files.Exists);
    }

    private static bool IsRooted(string path) => path.Length > 0 && (path[0] is '/' or '\\' || (path.Length > 1 && path[1] == ':'));

    private static string FileName(string path) => path[(path.LastIndexOfAny(['/', '\\']) + 1)..];
}
