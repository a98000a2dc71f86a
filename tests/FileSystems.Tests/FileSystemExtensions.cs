namespace Portability.FileSystems.Tests;

/// <summary>Shorter calls for tests.</summary>
internal static class FileSystemExtensions
{
    public static async Task<List<DirectoryEntry>> ListAllAsync(this IFileSystem volume, FileId directory = default)
    {
        var entries = new List<DirectoryEntry>();
        await foreach (DirectoryEntry entry in volume.ListAsync(directory, CancellationToken.None))
        {
            entries.Add(entry);
        }

        return entries;
    }

    public static async Task<string[]> NamesAsync(this IFileSystem volume, FileId directory = default) =>
        [.. (await volume.ListAllAsync(directory)).Select(entry => entry.Name.ToString())];

    public static async Task<List<FileExtent>> ExtentsAsync(this IFileSystem volume, FileId id)
    {
        var extents = new List<FileExtent>();
        await foreach (FileExtent extent in volume.QueryExtentsAsync(id, default, CancellationToken.None))
        {
            extents.Add(extent);
        }

        return extents;
    }

    public static async Task<DirectoryEntry?> FindAsync(this IFileSystem volume, string name, FileId directory = default) =>
        await volume.FindAsync(directory, NodeName.FromText(name, NodeNameUnit.Utf16), CancellationToken.None);
}
