using System.Runtime.CompilerServices;

namespace Portability.FileSystems.Fat;

/// <summary>
/// A FAT12, FAT16 or FAT32 volume. A node's number is the place of its directory record (offset in the volume / 32), which stays while the volume is not changed;
/// the root has 0. A number that names no record of a directory finds nothing, or whatever the bytes there look like. Directories that lead back to one above
/// them show the same numbers again. Names are long ones where checksum and order fit, else short ones (<see cref="ShortName"/>); they are found whatever their
/// case, by upper-casing unit by unit.
/// </summary>
/// <remarks>Microsoft FAT specification (FAT: General Overview of On-Disk Format, and its successor of 2005).</remarks>
internal sealed class FatVolume : ClusterVolume
{
    private const int MaximumDirectoryLength = 65536 * DirectoryRecord.Size; // the specification's bound, which every writer keeps

    /// <summary>Initialises a volume.</summary>
    /// <param name="reader">Its bytes; owned from now on.</param>
    /// <param name="table">Its table.</param>
    /// <param name="information">What it says of itself.</param>
    public FatVolume(FatReader reader, FatTable table, FileSystemInformation information)
        : base(reader, table, information)
    {
    }

    /// <inheritdoc/>
    public override FileSystemCapabilities Capabilities => FileSystemCapabilities.CaseInsensitive | FileSystemCapabilities.ShortNames;

    /// <summary>Finds out where the root directory lies.</summary>
    /// <param name="table">The table.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">Its chain is damaged.</exception>
    public static ValueTask<DirectoryPlace> FindRootAsync(FatTable table, CancellationToken cancellationToken) => table.Geometry is { RootLength: > 0 } fixedRoot
        ? ValueTask.FromResult(new DirectoryPlace(fixedRoot.RootLength, null, fixedRoot.RootOffset))
        : FollowAsync(table, table.Geometry.RootCluster, 0, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask<FileNode> GetNodeAsync(FileId id, CancellationToken cancellationToken)
    {
        if (id == Root)
        {
            return RootNode(await FindRootAsync(Table, cancellationToken).ConfigureAwait(false));
        }

        DirectoryRecord record = await ReadRecordAsync(id, cancellationToken).ConfigureAwait(false);
        NodeKind kind = record.Attributes.ToNodeKind();
        long length = record.FileSize;
        long allocated = record.FirstCluster == 0 ? 0 : Geometry.ClustersFor(length) * Geometry.ClusterSize;
        if (kind == NodeKind.Directory)
        {
            length = (await FindDirectoryAsync(id, cancellationToken).ConfigureAwait(false)).Length;
            allocated = length;
        }

        return new FileNode
        {
            Id = id,
            Kind = kind,
            Length = length,
            AllocatedLength = allocated,
            LinkCount = 1,
            Times = new FileTimes(record.Created, record.Modified, null, record.Accessed),
            Attributes = record.Attributes.ToNodeAttributes(),
            NativeFlags = (uint)record.Attributes,
        };
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<DirectoryEntry> ListAsync(FileId directory, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DirectoryPlace place = await FindDirectoryAsync(directory, cancellationToken).ConfigureAwait(false);
        var longName = new LongNameAssembler();
        await foreach (DirectorySlot slot in place.ReadAsync(Reader, Table, cancellationToken).ConfigureAwait(false))
        {
            if (ToEntry(slot, longName) is { } entry)
            {
                yield return entry;
            }
        }
    }

    /// <inheritdoc/>
    protected override char ToUpper(char unit) => char.ToUpperInvariant(unit);

    /// <inheritdoc/>
    protected override async ValueTask<ClusterStream> ResolveAsync(FileId id, CancellationToken cancellationToken)
    {
        DirectoryRecord record = await ReadRecordAsync(id, cancellationToken).ConfigureAwait(false);
        if (record.Attributes.ToNodeKind() != NodeKind.File)
        {
            throw FileErrors.NoContent(id, record.Attributes.ToNodeKind(), Reader.Name);
        }

        if (record.FileSize == 0)
        {
            return ClusterStream.Empty;
        }

        ClusterChain chain = await Table.FollowAsync(record.FirstCluster, OffsetOf(id), Geometry.ClusterCount, cancellationToken).ConfigureAwait(false);
        long needed = Geometry.ClustersFor(record.FileSize);
        return chain.Count >= needed
            ? new ClusterStream(record.FileSize, record.FileSize, chain)
            : throw Reader.Invalid(
                "directory record",
                OffsetOf(id),
                FormattableString.Invariant($"a file of {record.FileSize} bytes needs {needed} clusters, its chain from {chain.First} on has {chain.Count}"),
                DirectoryRecord.Section);
    }

    private static async ValueTask<DirectoryPlace> FollowAsync(FatTable table, uint first, long owner, CancellationToken cancellationToken)
    {
        long maximum = Math.Max(1, MaximumDirectoryLength / table.Geometry.ClusterSize);
        ClusterChain chain = await table.FollowAsync(first, owner, maximum, cancellationToken).ConfigureAwait(false);
        return new DirectoryPlace(chain.Count * table.Geometry.ClusterSize, chain);
    }

    private DirectoryEntry? ToEntry(DirectorySlot slot, LongNameAssembler longName)
    {
        ReadOnlySpan<byte> bytes = slot.Bytes.Span;
        if (DirectoryRecord.IsLongName(bytes))
        {
            longName.Add(bytes);
            return null;
        }

        if (!DirectoryRecord.IsNode(bytes))
        {
            longName.Clear();
            return null;
        }

        DirectoryRecord record = DirectoryRecord.Read(bytes, Geometry.Type);
        return longName.Take(record.Name) is { } name
            ? new DirectoryEntry(name, IdAt(slot.Offset), record.Attributes.ToNodeKind(), record.Name.ToStoredName())
            : new DirectoryEntry(record.Name.ToShownName(), IdAt(slot.Offset), record.Attributes.ToNodeKind());
    }

    private async ValueTask<DirectoryPlace> FindDirectoryAsync(FileId id, CancellationToken cancellationToken)
    {
        if (id == Root)
        {
            return await FindRootAsync(Table, cancellationToken).ConfigureAwait(false);
        }

        DirectoryRecord record = await ReadRecordAsync(id, cancellationToken).ConfigureAwait(false);
        return record.Attributes.ToNodeKind() == NodeKind.Directory
            ? await FollowAsync(Table, record.FirstCluster, OffsetOf(id), cancellationToken).ConfigureAwait(false)
            : throw FileErrors.NoDirectory(id, Reader.Name);
    }

    private async ValueTask<DirectoryRecord> ReadRecordAsync(FileId id, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[DirectoryRecord.Size];
        await Reader.ReadStructureAsync(OffsetOf(id), bytes, "directory record", DirectoryRecord.Section, cancellationToken).ConfigureAwait(false);
        return DirectoryRecord.IsNode(bytes) ? DirectoryRecord.Read(bytes, Geometry.Type) : throw FileErrors.NoNode(id, Reader.Name);
    }
}
