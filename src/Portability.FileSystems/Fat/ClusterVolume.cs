using System.Runtime.CompilerServices;

namespace Portability.FileSystems.Fat;

/// <summary>What FAT and exFAT have in common: files in clusters, names of 16-bit units, no links, streams or owners. Safe for several threads.</summary>
internal abstract class ClusterVolume : IFileSystem
{
    private readonly StreamCache streams = new();

    /// <summary>Initialises a volume.</summary>
    /// <param name="reader">Its bytes; owned from now on.</param>
    /// <param name="table">Its table.</param>
    /// <param name="information">What it says of itself.</param>
    protected ClusterVolume(FatReader reader, FatTable table, FileSystemInformation information)
    {
        Reader = reader;
        Table = table;
        Information = information;
    }

    /// <inheritdoc/>
    public FileSystemInformation Information { get; }

    /// <inheritdoc/>
    public abstract FileSystemCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public NodeNameUnit NameUnit => NodeNameUnit.Utf16;

    /// <inheritdoc/>
    public FileId Root => default;

    /// <summary>Its bytes.</summary>
    protected FatReader Reader { get; }

    /// <summary>Its table.</summary>
    protected FatTable Table { get; }

    /// <summary>What is said of the root directory, of which nothing is stored but its clusters.</summary>
    /// <param name="root">Where it lies.</param>
    protected FileNode RootNode(DirectoryPlace root) => new()
    {
        Id = Root,
        Kind = NodeKind.Directory,
        Length = root.Length,
        AllocatedLength = root.Length,
        LinkCount = 1,
        Times = default,
        NativeFlags = (uint)FatAttributes.Directory,
    };

    /// <summary>Where its parts lie.</summary>
    protected FatGeometry Geometry => Table.Geometry;

    /// <inheritdoc/>
    public abstract ValueTask<FileNode> GetNodeAsync(FileId id, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<DirectoryEntry?> FindAsync(FileId directory, NodeName name, CancellationToken cancellationToken)
    {
        NodeName wanted = name.Unit == NodeNameUnit.Utf16 ? name : NodeName.FromText(name.ToString(), NodeNameUnit.Utf16);
        await foreach (DirectoryEntry entry in ListAsync(directory, cancellationToken).ConfigureAwait(false))
        {
            if (AreEqual(entry.Name, wanted) || (entry.ShortName is { } second && AreEqual(second, wanted)))
            {
                return entry;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public abstract IAsyncEnumerable<DirectoryEntry> ListAsync(FileId directory, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(FileId id, NodeName stream, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ClusterStream content = await OpenAsync(id, stream, cancellationToken).ConfigureAwait(false);
        return await content.ReadAsync(Reader, Table, offset, buffer, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<FileExtent> QueryExtentsAsync(FileId id, NodeName stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ClusterStream content = await OpenAsync(id, stream, cancellationToken).ConfigureAwait(false);
        await foreach (FileExtent extent in content.ExtentsAsync(Table, cancellationToken).ConfigureAwait(false))
        {
            yield return extent;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<(NodeName Name, long Length)> ListStreamsAsync(FileId id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await GetNodeAsync(id, cancellationToken).ConfigureAwait(false);
        yield break;
    }

    /// <inheritdoc/>
    public async ValueTask<NodeName> ReadLinkAsync(FileId id, CancellationToken cancellationToken)
    {
        await GetNodeAsync(id, cancellationToken).ConfigureAwait(false);
        throw FileErrors.NoLink(id, Reader.Name);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ExtendedAttributeValue> ListAttributesAsync(FileId id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await GetNodeAsync(id, cancellationToken).ConfigureAwait(false);
        yield break;
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadSecurityDescriptorAsync(FileId id, CancellationToken cancellationToken)
    {
        await GetNodeAsync(id, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadReparseDataAsync(FileId id, CancellationToken cancellationToken)
    {
        await GetNodeAsync(id, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Reader.DisposeAsync();

    /// <summary>The upper case of a unit by the volume's rules, one unit to one.</summary>
    protected abstract char ToUpper(char unit);

    /// <summary>Finds out where the content of a file lies.</summary>
    /// <param name="id">The file, never the root.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">There is no such file, it is a directory, or its clusters are damaged.</exception>
    protected abstract ValueTask<ClusterStream> ResolveAsync(FileId id, CancellationToken cancellationToken);

    /// <summary>Offset of the record that an id names, in bytes.</summary>
    /// <exception cref="StorageException">`FileNotFound`: no record lies there.</exception>
    protected long OffsetOf(FileId id)
    {
        bool isPlace = id is { Generation: 0, Number: > 0 } && id.Number <= (ulong)(Reader.Length / DirectoryRecord.Size);
        long offset = isPlace ? (long)id.Number * DirectoryRecord.Size : 0;
        bool inRoot = offset >= Geometry.RootOffset && offset - Geometry.RootOffset < Geometry.RootLength;
        return isPlace && offset <= Reader.Length - DirectoryRecord.Size && (inRoot || Geometry.TryFindCluster(offset, out _))
            ? offset
            : throw FileErrors.NoNode(id, Reader.Name);
    }

    /// <summary>The id of the record at an offset.</summary>
    protected static FileId IdAt(long offset) => new((ulong)offset / DirectoryRecord.Size, 0);

    private bool AreEqual(NodeName left, NodeName right)
    {
        ReadOnlySpan<byte> first = left.Units;
        ReadOnlySpan<byte> second = right.Units;
        if (first.Length != second.Length)
        {
            return false;
        }

        for (int i = 0; i < first.Length / 2; i++)
        {
            ushort one = LongNameRecord.UnitAt(first, i);
            ushort other = LongNameRecord.UnitAt(second, i);
            if (one != other && ToUpper((char)one) != ToUpper((char)other))
            {
                return false;
            }
        }

        return true;
    }

    private async ValueTask<ClusterStream> OpenAsync(FileId id, NodeName stream, CancellationToken cancellationToken)
    {
        if (id == Root || !stream.IsEmpty)
        {
            FileNode node = await GetNodeAsync(id, cancellationToken).ConfigureAwait(false);
            throw stream.IsEmpty ? FileErrors.NoContent(id, node.Kind, Reader.Name) : FileErrors.NoStream(id, stream, Reader.Name);
        }

        if (id.Generation == 0 && streams.Find(id.Number) is { } known)
        {
            return known;
        }

        ClusterStream found = await ResolveAsync(id, cancellationToken).ConfigureAwait(false);
        streams.Keep(id.Number, found);
        return found;
    }
}
