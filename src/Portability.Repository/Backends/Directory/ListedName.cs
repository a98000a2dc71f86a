using Portability.Core.Native;

namespace Portability.Repository.Backends;

/// <summary>A file or folder that a listing has still to give or to enter.</summary>
/// <param name="Name">Full name, without a slash at the end.</param>
/// <param name="Kind">File or folder.</param>
/// <param name="Length">Length in bytes of a file.</param>
internal readonly record struct ListedName(string Name, FileKind Kind, long Length)
{
    /// <summary>A folder stands where its objects stand among names ordered by code point.</summary>
    private string Order => Kind == FileKind.Folder ? Name + "/" : Name;

    /// <summary>Takes from a folder what a listing concerns, last name first, since it goes onto a stack.</summary>
    public static IEnumerable<ListedName> Select(string folder, IReadOnlyList<FolderEntry> entries, string prefix) => entries
        .Where(entry => entry.Kind is FileKind.File or FileKind.Folder)
        .Select(entry => new ListedName(folder.Length == 0 ? entry.Name : $"{folder}/{entry.Name}", entry.Kind, entry.Length))
        .Where(name => name.Concerns(prefix) && BlobName.TryParse(name.Name, out _))
        .OrderByDescending(name => name.Order, StringComparer.Ordinal);

    private bool Concerns(string prefix) => Kind == FileKind.File
        ? Name.StartsWith(prefix, StringComparison.Ordinal)
        : Order.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(Order, StringComparison.Ordinal);
}
