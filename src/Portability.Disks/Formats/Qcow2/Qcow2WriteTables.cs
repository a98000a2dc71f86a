using System.Buffers.Binary;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Qcow2;

/// <summary>
/// The tables of an image being written: L1 in memory, L2 tables in a bounded cache, refcounts computed, since clusters are only ever
/// added at the end. Not thread-safe: the writer's gate is held around every call.
/// </summary>
/// <param name="file">The image file; stays the caller's.</param>
/// <param name="layout">Where the fixed parts lie.</param>
internal sealed class Qcow2WriteTables(IResizableBlockDevice file, Qcow2Layout layout)
{
    private const long CacheCapacity = 16 << 20;
    private const long GrowthStep = 64 << 20;

    private readonly byte[] l1 = new byte[layout.L1Size * 8];
    private readonly Dictionary<int, LinkedListNode<Table>> tables = [];
    private readonly LinkedList<Table> recent = new();
    private readonly List<long> refcountBlocks = [];
    private readonly int cacheCount = (int)Math.Max(CacheCapacity / layout.ClusterSize, 4);
    private long nextCluster = layout.FirstFreeCluster;
    private long countedClusters;
    private int dirtyL1From = int.MaxValue;
    private int dirtyL1To;

    /// <summary>Bytes of the disk that one L2 table describes.</summary>
    public long TableCoverage => (long)layout.ClusterSize * layout.L2EntryCount;

    /// <summary>True if no L2 table describes an offset yet.</summary>
    /// <param name="offset">Offset on the disk, in bytes.</param>
    public bool IsTableMissing(long offset) => BinaryPrimitives.ReadUInt64BigEndian(l1.AsSpan((int)(offset / TableCoverage) * 8)) == 0;

    /// <summary>Finds the cluster that holds an offset.</summary>
    /// <param name="offset">Offset on the disk, in bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Offset of the cluster in the file, in bytes, or 0 when there is none.</returns>
    public async ValueTask<long> FindAsync(long offset, CancellationToken cancellationToken)
    {
        if (IsTableMissing(offset))
        {
            return 0;
        }

        Table table = await GetTableAsync(offset, cancellationToken).ConfigureAwait(false);
        return (long)(BinaryPrimitives.ReadUInt64BigEndian(table.Entry(offset, layout)) & Qcow2L2Entry.OffsetMask);
    }

    /// <summary>Finds the cluster that holds an offset, or adds one at the end of the file.</summary>
    /// <param name="offset">Offset on the disk, in bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Offset of the cluster in the file, in bytes.</returns>
    public async ValueTask<long> FindOrAddAsync(long offset, CancellationToken cancellationToken)
    {
        Table table = await GetTableAsync(offset, cancellationToken).ConfigureAwait(false);
        ulong entry = BinaryPrimitives.ReadUInt64BigEndian(table.Entry(offset, layout));
        if (entry == 0)
        {
            entry = (ulong)await AddClusterAsync(cancellationToken).ConfigureAwait(false) | Qcow2L2Entry.Copied;
            BinaryPrimitives.WriteUInt64BigEndian(table.Entry(offset, layout), entry);
            table.IsDirty = true;
        }

        return (long)(entry & Qcow2L2Entry.OffsetMask);
    }

    /// <summary>Writes everything that changed; the file is a sound image when this returns and a header is in place.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask WriteAsync(CancellationToken cancellationToken)
    {
        bool changed = nextCluster != countedClusters;
        if (changed)
        {
            await WriteRefcountsAsync(cancellationToken).ConfigureAwait(false);
        }

        foreach (Table table in recent.Where(table => table.IsDirty).OrderBy(table => table.FileOffset))
        {
            await WriteTableAsync(table, cancellationToken).ConfigureAwait(false);
        }

        // New data and tables are durable before anything names them.
        await file.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (changed)
        {
            byte[] table = new byte[layout.RefcountTableClusters * layout.ClusterSize];
            for (int i = 0; i < refcountBlocks.Count; i++)
            {
                BinaryPrimitives.WriteUInt64BigEndian(table.AsSpan(i * 8), (ulong)refcountBlocks[i]);
            }

            await file.WriteAsync(layout.RefcountTableOffset, table, cancellationToken).ConfigureAwait(false);
        }

        if (dirtyL1From < dirtyL1To)
        {
            await file.WriteAsync(layout.L1TableOffset + dirtyL1From, l1.AsMemory(dirtyL1From..dirtyL1To), cancellationToken).ConfigureAwait(false);
            (dirtyL1From, dirtyL1To) = (int.MaxValue, 0);
        }
    }

    private async ValueTask<Table> GetTableAsync(long offset, CancellationToken cancellationToken)
    {
        int index = (int)(offset / TableCoverage);
        if (tables.TryGetValue(index, out LinkedListNode<Table>? node))
        {
            if (recent.First != node)
            {
                recent.Remove(node);
                recent.AddFirst(node);
            }

            return node.Value;
        }

        await ForgetOldestAsync(cancellationToken).ConfigureAwait(false);
        Table table = await LoadOrAddAsync(index, cancellationToken).ConfigureAwait(false);
        tables.Add(index, recent.AddFirst(table));
        return table;
    }

    private async ValueTask ForgetOldestAsync(CancellationToken cancellationToken)
    {
        if (tables.Count < cacheCount || recent.Last is not { } last)
        {
            return;
        }

        if (last.Value.IsDirty)
        {
            await WriteTableAsync(last.Value, cancellationToken).ConfigureAwait(false);
        }

        recent.RemoveLast();
        tables.Remove(last.Value.Index);
    }

    private async ValueTask<Table> LoadOrAddAsync(int index, CancellationToken cancellationToken)
    {
        byte[] content = new byte[layout.ClusterSize];
        ulong entry = BinaryPrimitives.ReadUInt64BigEndian(l1.AsSpan(index * 8));
        if (entry != 0)
        {
            var known = new Table(index, (long)(entry & Qcow2L2Entry.OffsetMask), content);
            await file.ReadAsync(known.FileOffset, content, cancellationToken).ConfigureAwait(false);
            return known;
        }

        long at = await AddClusterAsync(cancellationToken).ConfigureAwait(false);
        BinaryPrimitives.WriteUInt64BigEndian(l1.AsSpan(index * 8), (ulong)at | Qcow2L2Entry.Copied);
        dirtyL1From = Math.Min(dirtyL1From, index * 8);
        dirtyL1To = Math.Max(dirtyL1To, (index + 1) * 8);
        return new Table(index, at, content) { IsDirty = true };
    }

    private async ValueTask WriteTableAsync(Table table, CancellationToken cancellationToken)
    {
        await file.WriteAsync(table.FileOffset, table.Content, cancellationToken).ConfigureAwait(false);
        table.IsDirty = false;
    }

    // A cluster is at the end of a file that is zeros there, so that what a write leaves out of it reads as zeros.
    private async ValueTask<long> AddClusterAsync(CancellationToken cancellationToken)
    {
        long at = nextCluster * layout.ClusterSize;
        if (at + layout.ClusterSize > file.Length)
        {
            await file.SetLengthAsync(at + Math.Max(layout.ClusterSize, GrowthStep), cancellationToken).ConfigureAwait(false);
        }

        nextCluster++;
        return at;
    }

    // Every cluster below the end is used once. The last block is partly filled and written again when clusters were added.
    private async ValueTask WriteRefcountsAsync(CancellationToken cancellationToken)
    {
        int perBlock = layout.ClustersPerRefcountBlock;
        while ((long)refcountBlocks.Count * perBlock < nextCluster)
        {
            refcountBlocks.Add(await AddClusterAsync(cancellationToken).ConfigureAwait(false));
        }

        await file.SetLengthAsync(nextCluster * layout.ClusterSize, cancellationToken).ConfigureAwait(false);
        byte[] block = new byte[layout.ClusterSize];
        for (int i = (int)(countedClusters / perBlock); i < refcountBlocks.Count; i++)
        {
            int used = (int)Math.Min(perBlock, nextCluster - ((long)i * perBlock));
            block.AsSpan().Clear();
            for (int entry = 0; entry < used; entry++)
            {
                BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(entry * Qcow2Layout.RefcountSize), 1);
            }

            await file.WriteAsync(refcountBlocks[i], block, cancellationToken).ConfigureAwait(false);
        }

        countedClusters = nextCluster;
    }

    private sealed class Table(int index, long fileOffset, byte[] content)
    {
        public int Index { get; } = index;

        public long FileOffset { get; } = fileOffset;

        public byte[] Content { get; } = content;

        public bool IsDirty { get; set; }

        public Span<byte> Entry(long offset, Qcow2Layout layout) => Content.AsSpan((int)(offset / layout.ClusterSize % layout.L2EntryCount) * 8, 8);
    }
}
