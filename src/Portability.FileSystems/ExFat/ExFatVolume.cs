using System.Runtime.CompilerServices;
using Portability.FileSystems.Fat;

namespace Portability.FileSystems.ExFat;

/// <summary>
/// An exFAT volume. A node's number is the place of its directory entry set (offset in the volume / 32), which stays while the volume is not changed; the root
/// has 0. Names are found whatever their case, by the volume's own up-case table. An entry set whose checksum does not fit is an error, never guessed at.
/// </summary>
/// <remarks>Microsoft exFAT specification.</remarks>
internal sealed class ExFatVolume : ClusterVolume
{
    private const long MaximumDirectoryLength = 256L << 20; // the specification's bound (7.6.7)
    private readonly UpcaseTable upcase;

    /// <summary>Initialises a volume.</summary>
    /// <param name="reader">Its bytes; owned from now on.</param>
    /// <param name="table">Its table.</param>
    /// <param name="upcase">Its up-case table.</param>
    /// <param name="information">What it says of itself.</param>
    public ExFatVolume(FatReader reader, FatTable table, UpcaseTable upcase, FileSystemInformation information)
        : base(reader, table, information) => this.upcase = upcase;

    /// <inheritdoc/>
    public override FileSystemCapabilities Capabilities => FileSystemCapabilities.CaseInsensitive | FileSystemCapabilities.UtcTimes;

    /// <summary>Finds out where the root directory lies.</summary>
    /// <param name="table">The table.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">Its chain is damaged.</exception>
    public static async ValueTask<DirectoryPlace> FindRootAsync(FatTable table, CancellationToken cancellationToken)
    {
        long maximum = Math.Max(1, MaximumDirectoryLength / table.Geometry.ClusterSize);
        ClusterChain chain = await table.FollowAsync(table.Geometry.RootCluster, 0, maximum, cancellationToken).ConfigureAwait(false);
        return new DirectoryPlace(chain.Count * table.Geometry.ClusterSize, chain);
    }

    /// <inheritdoc/>
    public override async ValueTask<FileNode> GetNodeAsync(FileId id, CancellationToken cancellationToken)
    {
        if (id == Root)
        {
            return RootNode(await FindRootAsync(Table, cancellationToken).ConfigureAwait(false));
        }

        FileEntrySet set = await ReadSetAsync(id, cancellationToken).ConfigureAwait(false);
        CheckLengths(set);
        return new FileNode
        {
            Id = id,
            Kind = set.File.Attributes.ToNodeKind(),
            Length = (long)set.Stream.DataLength,
            AllocatedLength = Geometry.ClustersFor((long)set.Stream.DataLength) * Geometry.ClusterSize,
            LinkCount = 1,
            Times = set.File.Times,
            Attributes = set.File.Attributes.ToNodeAttributes(),
            NativeFlags = (uint)set.File.Attributes,
        };
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<DirectoryEntry> ListAsync(FileId directory, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DirectoryPlace place = await FindDirectoryAsync(directory, cancellationToken).ConfigureAwait(false);
        var entries = new FileEntrySetReader(Reader);
        await foreach (DirectorySlot slot in place.ReadAsync(Reader, Table, cancellationToken).ConfigureAwait(false))
        {
            if (entries.Add(slot) is { } set && set.Name.ToString() is not ("." or ".."))
            {
                yield return new DirectoryEntry(set.Name, IdAt(set.Offset), set.File.Attributes.ToNodeKind());
            }
        }

        entries.End();
    }

    /// <inheritdoc/>
    protected override char ToUpper(char unit) => upcase.ToUpper(unit);

    /// <inheritdoc/>
    protected override async ValueTask<ClusterStream> ResolveAsync(FileId id, CancellationToken cancellationToken)
    {
        FileEntrySet set = await ReadSetAsync(id, cancellationToken).ConfigureAwait(false);
        return set.File.Attributes.ToNodeKind() == NodeKind.File
            ? await ResolveAsync(set, cancellationToken).ConfigureAwait(false)
            : throw FileErrors.NoContent(id, set.File.Attributes.ToNodeKind(), Reader.Name);
    }

    private async ValueTask<DirectoryPlace> FindDirectoryAsync(FileId id, CancellationToken cancellationToken)
    {
        if (id == Root)
        {
            return await FindRootAsync(Table, cancellationToken).ConfigureAwait(false);
        }

        FileEntrySet set = await ReadSetAsync(id, cancellationToken).ConfigureAwait(false);
        if (set.File.Attributes.ToNodeKind() != NodeKind.Directory)
        {
            throw FileErrors.NoDirectory(id, Reader.Name);
        }

        ClusterStream stream = await ResolveAsync(set, cancellationToken).ConfigureAwait(false);
        return stream.Length <= MaximumDirectoryLength
            ? new DirectoryPlace(stream.Length, stream.Chain)
            : throw Invalid(set, FormattableString.Invariant($"its directory has {stream.Length} bytes, {MaximumDirectoryLength} are the most"));
    }

    private async ValueTask<ClusterStream> ResolveAsync(FileEntrySet set, CancellationToken cancellationToken)
    {
        CheckLengths(set);
        StreamExtensionEntry stream = set.Stream;
        if (stream.DataLength == 0)
        {
            return ClusterStream.Empty;
        }

        long needed = Geometry.ClustersFor((long)stream.DataLength);
        if (!Geometry.HasCluster(stream.FirstCluster))
        {
            throw Table.NoCluster(stream.FirstCluster, set.Offset);
        }

        long behind = stream.FirstCluster - FatGeometry.FirstCluster + needed;
        if (stream.HasNoFatChain && behind > Geometry.ClusterCount)
        {
            throw Invalid(set, FormattableString.Invariant($"{needed} clusters from {stream.FirstCluster} on reach beyond the last one"));
        }

        ClusterChain chain = stream.HasNoFatChain
            ? ClusterChain.Contiguous(stream.FirstCluster, needed)
            : await Table.FollowAsync(stream.FirstCluster, set.Offset, Geometry.ClusterCount, cancellationToken).ConfigureAwait(false);
        return chain.Count >= needed
            ? new ClusterStream((long)stream.DataLength, (long)stream.ValidDataLength, chain)
            : throw Invalid(set, FormattableString.Invariant($"{stream.DataLength} bytes need {needed} clusters, the chain from {chain.First} on has {chain.Count}"));
    }

    private void CheckLengths(FileEntrySet set)
    {
        if (set.Stream.DataLength > (ulong)Geometry.ClusterCount * (ulong)Geometry.ClusterSize || set.Stream.ValidDataLength > set.Stream.DataLength)
        {
            throw Invalid(
                set,
                FormattableString.Invariant($"its lengths are {set.Stream.DataLength} bytes, {set.Stream.ValidDataLength} of them valid, on {Geometry.ClusterCount} clusters of {Geometry.ClusterSize}"));
        }
    }

    // The set may go on in the next cluster of its directory, and the number does not tell of which directory: where the FAT leads, or, if the directory has no
    // chain, the next one. The set's checksum tells which.
    private async ValueTask<FileEntrySet> ReadSetAsync(FileId id, CancellationToken cancellationToken)
    {
        long offset = OffsetOf(id);
        byte[] entries = new byte[FileEntrySet.MaximumCount * FileEntrySet.EntrySize];
        await ReadAsync(offset, entries.AsMemory(0, FileEntrySet.EntrySize), cancellationToken).ConfigureAwait(false);
        int length = FileEntrySet.CountOf(entries) * FileEntrySet.EntrySize;
        if (entries[0] != ExFatEntryType.File || length == 0 || !Geometry.TryFindCluster(offset, out uint cluster))
        {
            throw FileErrors.NoNode(id, Reader.Name);
        }

        string fault = "it does not end in its cluster, and no other follows";
        foreach (bool chained in (bool[])[true, false])
        {
            if (await TryFillAsync(offset, cluster, entries.AsMemory(0, length), chained, cancellationToken).ConfigureAwait(false))
            {
                string? wrong = FileEntrySet.TryRead(offset, entries.AsSpan(0, length), out FileEntrySet? set);
                if (wrong is null)
                {
                    return set!;
                }

                fault = wrong;
            }
        }

        throw Reader.Invalid(FileEntrySet.Structure, offset, fault, FileEntrySet.Section);
    }

    private async ValueTask<bool> TryFillAsync(long offset, uint cluster, Memory<byte> entries, bool chained, CancellationToken cancellationToken)
    {
        var window = new FatWindow();
        while (true)
        {
            int part = (int)Math.Min(entries.Length, Geometry.OffsetOf(cluster) + Geometry.ClusterSize - offset);
            await ReadAsync(offset, entries[..part], cancellationToken).ConfigureAwait(false);
            entries = entries[part..];
            if (entries.IsEmpty)
            {
                return true;
            }

            cluster = chained ? await Table.ReadAsync(cluster, window, cancellationToken).ConfigureAwait(false) : cluster + 1;
            if (!Geometry.HasCluster(cluster))
            {
                return false;
            }

            offset = Geometry.OffsetOf(cluster);
        }
    }

    private ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        Reader.ReadStructureAsync(offset, buffer, FileEntrySet.Structure, FileEntrySet.Section, cancellationToken);

    private InvalidFormatException Invalid(FileEntrySet set, string fact) => Reader.Invalid(FileEntrySet.Structure, set.Offset, fact, FileEntrySet.Section);
}
