using System.Globalization;
using Portability.FileSystems;
using Portability.FileSystems.Tree;
using Portability.FileSystems.Volumes;

namespace Portability.Engine.Files;

/// <summary>Says in the contracts' words what volumes and files are.</summary>
internal static class FileDescription
{
    /// <summary>Describes a volume; one that cannot be opened says why.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="source">Where it was found.</param>
    /// <param name="mountPoint">Where it is mounted; empty where that is not known.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<WorkloadVolume> OfAsync(FoundVolume volume, GuestSource source, string mountPoint, CancellationToken cancellationToken)
    {
        var plain = new WorkloadVolume
        {
            Disk = volume.Disk,
            Number = volume.Number,
            LogicalName = volume.LogicalName,
            Findings = volume.Obstacle.Length == 0 ? [] : [volume.Obstacle],
            FileSystem = volume.Identity?.Type ?? string.Empty,
            Label = volume.Identity?.Label ?? string.Empty,
            Id = volume.Identity?.Id ?? string.Empty,
            Offset = volume.Offset,
            Length = volume.Length,
            FreeBytes = -1,
            MountPoint = mountPoint,
            ImagePath = source.Snapshot is null ? source.ImagePaths : [],
            Snapshot = source.Snapshot ?? new WorkloadSnapshot(),
        };
        if (!volume.IsReadable)
        {
            return plain;
        }

        try
        {
            FileSystemInformation information = (await volume.OpenAsync(cancellationToken).ConfigureAwait(false)).Information;
            return plain with
            {
                FileSystem = information.Type,
                Label = information.Label,
                Id = information.Id,
                FreeBytes = information.FreeUnits < 0 ? -1 : information.FreeUnits * information.UnitSize,
                IsReadable = true,
                Features = [.. information.Features],
                Findings = [.. information.Findings],
            };
        }
        catch (PortabilityException exception)
        {
            return plain with { Findings = [$"{exception.Message} {exception.RecommendedAction}"] };
        }
    }

    /// <summary>Describes a file.</summary>
    /// <param name="node">The file.</param>
    /// <param name="volume">Its volume.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">Its link cannot be read.</exception>
    public static async Task<WorkloadFile> OfAsync(TreeNode node, WorkloadVolume volume, CancellationToken cancellationToken) => new()
    {
        Path = node.Path,
        Length = node.Node.Kind is NodeKind.File or NodeKind.SymbolicLink ? node.Node.Length : 0,
        Kind = KindOf(node.Node.Kind),
        Attributes = AttributesOf(node.Node),
        Owner = node.Node.Ownership is { } owner ? string.Create(CultureInfo.InvariantCulture, $"{owner.User}:{owner.Group}") : string.Empty,
        LastWriteTimeUtc = DateTime.SpecifyKind(node.Node.Times.Modified?.ToDateTime() ?? default, DateTimeKind.Utc),
        Target = node.Node.Kind == NodeKind.SymbolicLink
            ? GuestTree.LinkText(await node.FileSystem.ReadLinkAsync(node.Node.Id, cancellationToken).ConfigureAwait(false))
            : string.Empty,
        Volume = volume,
    };

    private static WorkloadFileKind KindOf(NodeKind kind) => kind switch
    {
        NodeKind.File => WorkloadFileKind.File,
        NodeKind.Directory => WorkloadFileKind.Directory,
        NodeKind.SymbolicLink => WorkloadFileKind.Link,
        _ => WorkloadFileKind.Other,
    };

    private static string AttributesOf(FileNode node)
    {
        if (node.Ownership is { } owner)
        {
            return ModeText(node.Kind, owner.Mode);
        }

        Span<char> text = stackalloc char[4];
        int count = 0;
        foreach ((NodeAttributes attribute, char letter) in ((NodeAttributes, char)[])
            [(NodeAttributes.ReadOnly, 'R'), (NodeAttributes.Hidden, 'H'), (NodeAttributes.System, 'S'), (NodeAttributes.Archive, 'A')])
        {
            if (node.Attributes.HasFlag(attribute))
            {
                text[count++] = letter;
            }
        }

        return new string(text[..count]);
    }

    // As ls(1) writes it.
    private static string ModeText(NodeKind kind, int mode)
    {
        char type = kind switch
        {
            NodeKind.Directory => 'd',
            NodeKind.SymbolicLink => 'l',
            NodeKind.CharacterDevice => 'c',
            NodeKind.BlockDevice => 'b',
            NodeKind.Fifo => 'p',
            NodeKind.Socket => 's',
            _ => '-',
        };
        Span<char> text = [type, .. "rwxrwxrwx"];
        for (int bit = 0; bit < 9; bit++)
        {
            text[1 + bit] = (mode >> (8 - bit) & 1) != 0 ? text[1 + bit] : '-';
        }

        text[3] = Special(mode, 0x800, text[3], 's');
        text[6] = Special(mode, 0x400, text[6], 's');
        text[9] = Special(mode, 0x200, text[9], 't');
        return new string(text);
    }

    private static char Special(int mode, int bit, char plain, char letter) =>
        (mode & bit) == 0 ? plain : plain == 'x' ? letter : char.ToUpperInvariant(letter);
}
