using System.Runtime.CompilerServices;

namespace Portability.FileSystems.Ext;

/// <summary>An ext2, ext3 or ext4 volume, read. Thread-safe.</summary>
/// <remarks>ext4 data structures. Its log was replayed before by <see cref="ExtFormat"/>.</remarks>
internal sealed class ExtVolume : IFileSystem
{
    private const int SectorSize = 512;
    private const int MaximumLinkLength = 4096; // PATH_MAX: no system stores a longer target

    private readonly ExtBlocks blocks;
    private readonly ExtAttributes attributes;

    /// <summary>Initialises a volume.</summary>
    /// <param name="blocks">Its blocks; their device is the volume's from now on.</param>
    /// <param name="state">The state it was found in.</param>
    /// <param name="findings">What is remarkable.</param>
    public ExtVolume(ExtBlocks blocks, VolumeState state, IReadOnlyList<string> findings)
    {
        this.blocks = blocks;
        attributes = new ExtAttributes(blocks);
        ExtSuperblock superblock = blocks.Superblock;
        int unitBits = superblock.BlockSizeBits + superblock.ClusterBlocksBits;
        Information = new FileSystemInformation
        {
            Type = superblock.TypeName,
            Label = superblock.Label,
            Id = superblock.UuidText,
            Length = (long)(blocks.BlocksThere << superblock.BlockSizeBits),
            UnitSize = 1 << unitBits,
            UnitCount = (long)(superblock.BlockCount >> superblock.ClusterBlocksBits),
            FreeUnits = (long)superblock.FreeBlockCount,
            FreeNodes = superblock.FreeInodeCount,
            State = state,
            Features = ExtFeatureNames.Of(superblock),
            Findings = findings,
        };
    }

    /// <inheritdoc/>
    public FileSystemInformation Information { get; }

    /// <summary>Its blocks.</summary>
    public ExtBlocks Blocks => blocks;

    /// <inheritdoc/>
    public FileSystemCapabilities Capabilities => FileSystemCapabilities.HardLinks | FileSystemCapabilities.SymbolicLinks | FileSystemCapabilities.Ownership
        | FileSystemCapabilities.ExtendedAttributes | FileSystemCapabilities.Holes | FileSystemCapabilities.SpecialNodes | FileSystemCapabilities.Generations
        | FileSystemCapabilities.UtcTimes;

    /// <inheritdoc/>
    public NodeNameUnit NameUnit => NodeNameUnit.Byte;

    /// <inheritdoc/>
    public FileId Root => new(ExtSuperblock.RootInode, 0);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => blocks.Device.DisposeAsync();

    /// <inheritdoc/>
    public async ValueTask<FileNode> GetNodeAsync(FileId id, CancellationToken cancellationToken)
    {
        ExtInode inode = await InodeAsync(id, cancellationToken).ConfigureAwait(false);
        return new FileNode
        {
            Id = new FileId(inode.Number, inode.Generation),
            Kind = inode.Kind,
            Length = LengthOf(inode),
            AllocatedLength = (long)Math.Min(
                inode.AllocatedUnits, (ulong)long.MaxValue / SectorSize / 128) * (inode.Flags.HasFlag(ExtInodeFlags.HugeFile) ? blocks.Superblock.BlockSize : SectorSize),
            LinkCount = inode.LinkCount,
            Times = inode.Times,
            Attributes = AttributesOf(inode.Flags),
            NativeFlags = (uint)inode.Flags,
            Ownership = new PosixOwnership(inode.Permissions, inode.User, inode.Group),
            Device = inode.Kind is NodeKind.CharacterDevice or NodeKind.BlockDevice ? inode.Device : null,
            Project = blocks.Superblock.ReadOnly.HasFlag(ExtReadOnlyFeatures.Project) ? inode.Project : null,
        };
    }

    /// <inheritdoc/>
    public async ValueTask<DirectoryEntry?> FindAsync(FileId directory, NodeName name, CancellationToken cancellationToken)
    {
        ExtInode inode = await DirectoryAsync(directory, cancellationToken).ConfigureAwait(false);
        var content = new ExtDirectory(blocks, inode);
        (bool isTold, DirectoryEntry? found) = await content.FindIndexedAsync(name, cancellationToken).ConfigureAwait(false);
        if (isTold)
        {
            return found;
        }

        bool foldsCase = inode.Flags.HasFlag(ExtInodeFlags.CaseFolded);
        DirectoryEntry? folded = null;
        await foreach (DirectoryEntry entry in content.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (entry.Name == name)
            {
                return entry;
            }

            if (foldsCase && string.Equals(entry.Name.ToString(), name.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                folded = entry;
            }
        }

        return folded;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<DirectoryEntry> ListAsync(FileId directory, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ExtInode inode = await DirectoryAsync(directory, cancellationToken).ConfigureAwait(false);
        await foreach (DirectoryEntry entry in new ExtDirectory(blocks, inode).ListAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return entry;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(FileId id, NodeName stream, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ExtInode inode = await FileAsync(id, stream, cancellationToken).ConfigureAwait(false);
        if (!inode.Flags.HasFlag(ExtInodeFlags.InlineData))
        {
            return await new ExtStream(blocks, inode, LengthOf(inode)).ReadAsync(offset, buffer, cancellationToken).ConfigureAwait(false);
        }

        byte[] content = await InlineAsync(inode, cancellationToken).ConfigureAwait(false);
        int count = (int)Math.Clamp(content.Length - offset, 0, buffer.Length);
        content.AsMemory((int)Math.Min(offset, content.Length), count).CopyTo(buffer);
        return count;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<FileExtent> QueryExtentsAsync(FileId id, NodeName stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ExtInode inode = await FileAsync(id, stream, cancellationToken).ConfigureAwait(false);
        if (inode.Flags.HasFlag(ExtInodeFlags.InlineData))
        {
            if (LengthOf(inode) > 0)
            {
                yield return new FileExtent(0, LengthOf(inode), FileExtentKind.Data, StoredForm.Inline, -1);
            }

            yield break;
        }

        await foreach (FileExtent extent in new ExtStream(blocks, inode, LengthOf(inode)).ExtentsAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return extent;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<(NodeName Name, long Length)> ListStreamsAsync(FileId id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await InodeAsync(id, cancellationToken).ConfigureAwait(false);
        yield break;
    }

    /// <inheritdoc/>
    public async ValueTask<NodeName> ReadLinkAsync(FileId id, CancellationToken cancellationToken)
    {
        ExtInode inode = await InodeAsync(id, cancellationToken).ConfigureAwait(false);
        if (inode.Kind != NodeKind.SymbolicLink)
        {
            throw FileErrors.NoLink(id, blocks.Name);
        }

        RequireReadable(inode);
        if (inode.Length > MaximumLinkLength)
        {
            throw ExtErrors.Invalid(blocks.Name, $"link {inode.Number}", -1, FormattableString.Invariant($"its target is of {inode.Length} bytes"));
        }

        if (inode.Flags.HasFlag(ExtInodeFlags.InlineData))
        {
            return NodeName.FromBytes(await InlineAsync(inode, cancellationToken).ConfigureAwait(false));
        }

        if (inode.Length < ExtInode.BlockSize && !inode.Flags.HasFlag(ExtInodeFlags.Extents))
        {
            return NodeName.FromBytes(inode.Block[..(int)inode.Length]);
        }

        byte[] target = new byte[inode.Length];
        await new ExtStream(blocks, inode, target.Length).ReadAsync(0, target, cancellationToken).ConfigureAwait(false);
        return NodeName.FromBytes(target);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ExtendedAttributeValue> ListAttributesAsync(FileId id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ExtInode inode = await InodeAsync(id, cancellationToken).ConfigureAwait(false);
        await foreach (ExtendedAttributeValue value in attributes.ReadAsync(inode, cancellationToken).ConfigureAwait(false))
        {
            yield return value;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadSecurityDescriptorAsync(FileId id, CancellationToken cancellationToken)
    {
        await InodeAsync(id, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadReparseDataAsync(FileId id, CancellationToken cancellationToken)
    {
        await InodeAsync(id, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private static NodeAttributes AttributesOf(ExtInodeFlags flags) =>
        (flags.HasFlag(ExtInodeFlags.Immutable) ? NodeAttributes.Immutable : NodeAttributes.None)
        | (flags.HasFlag(ExtInodeFlags.AppendOnly) ? NodeAttributes.AppendOnly : NodeAttributes.None)
        | (flags.HasFlag(ExtInodeFlags.Compressed) ? NodeAttributes.Compressed : NodeAttributes.None)
        | (flags.HasFlag(ExtInodeFlags.Encrypted) ? NodeAttributes.Encrypted : NodeAttributes.None)
        | (flags.HasFlag(ExtInodeFlags.Verity) ? NodeAttributes.Verity : NodeAttributes.None)
        | (flags.HasFlag(ExtInodeFlags.CaseFolded) ? NodeAttributes.CaseFolded : NodeAttributes.None)
        | (flags.HasFlag(ExtInodeFlags.InlineData) ? NodeAttributes.Inline : NodeAttributes.None);

    private long LengthOf(ExtInode inode)
    {
        ulong length = inode.Kind == NodeKind.File || blocks.Superblock.Incompatible.HasFlag(ExtIncompatibleFeatures.LargeDirectory) ? inode.Length : (uint)inode.Length;
        return length <= long.MaxValue / 2
            ? (long)length
            : throw ExtErrors.Invalid(blocks.Name, $"inode {inode.Number}", -1, FormattableString.Invariant($"its length is {length}"));
    }

    private async ValueTask<ExtInode> InodeAsync(FileId id, CancellationToken cancellationToken)
    {
        ExtInode? inode = id.Number > uint.MaxValue ? null : await blocks.TryReadInodeAsync((uint)id.Number, cancellationToken).ConfigureAwait(false);
        return inode is null || inode.Kind == NodeKind.Unknown || (id.Generation != 0 && id.Generation != inode.Generation)
            ? throw FileErrors.NoNode(id, blocks.Name)
            : inode;
    }

    private async ValueTask<ExtInode> DirectoryAsync(FileId id, CancellationToken cancellationToken)
    {
        ExtInode inode = await InodeAsync(id, cancellationToken).ConfigureAwait(false);
        return inode.Kind == NodeKind.Directory ? inode : throw FileErrors.NoDirectory(id, blocks.Name);
    }

    private async ValueTask<ExtInode> FileAsync(FileId id, NodeName stream, CancellationToken cancellationToken)
    {
        ExtInode inode = await InodeAsync(id, cancellationToken).ConfigureAwait(false);
        if (!stream.IsEmpty)
        {
            throw FileErrors.NoStream(id, stream, blocks.Name);
        }

        if (inode.Kind != NodeKind.File)
        {
            throw FileErrors.NoContent(id, inode.Kind, blocks.Name);
        }

        RequireReadable(inode);
        return inode;
    }

    private void RequireReadable(ExtInode inode)
    {
        if ((inode.Flags & (ExtInodeFlags.Encrypted | ExtInodeFlags.Compressed)) != ExtInodeFlags.None)
        {
            throw FileErrors.NotReadable(
                new FileId(inode.Number, inode.Generation),
                inode.Flags.HasFlag(ExtInodeFlags.Encrypted) ? "encrypted, and its key is not here" : "compressed",
                "Copy the file inside its own system.",
                blocks.Name);
        }
    }

    private async ValueTask<byte[]> InlineAsync(ExtInode inode, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> rest = await attributes.InlineDataAsync(inode, cancellationToken).ConfigureAwait(false);
        long length = LengthOf(inode);
        if (length > ExtInode.BlockSize + rest.Length)
        {
            throw ExtErrors.Invalid(blocks.Name, $"inode {inode.Number}", -1, FormattableString.Invariant($"its length is {length}, and {ExtInode.BlockSize + rest.Length} bytes are inline"));
        }

        byte[] content = [.. inode.Block, .. rest.Span];
        return content[..(int)length];
    }
}
