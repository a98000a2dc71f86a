using Portability.FileSystems.Volumes;

namespace Portability.FileSystems.Tree;

/// <summary>A node of a machine's tree.</summary>
/// <param name="Path">Its path, links resolved but for its own; `/` is the root.</param>
/// <param name="Volume">The volume that it lies on.</param>
/// <param name="FileSystem">The file system of that volume; the volume's.</param>
/// <param name="Node">The node.</param>
public sealed record TreeNode(string Path, FoundVolume Volume, IFileSystem FileSystem, FileNode Node)
{
    /// <summary>Its name; empty for the root.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];
}
