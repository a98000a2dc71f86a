using System.Buffers.Binary;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Qcow2;

/// <summary>Finds where bytes of the disk lie, through the two levels of tables, in bounded memory. Thread-safe.</summary>
/// <param name="file">The image file; stays the caller's.</param>
/// <param name="data">The file that holds data: the same, or an external one.</param>
/// <param name="header">A header that was checked.</param>
internal sealed class Qcow2ClusterMap(IBlockDevice file, IBlockDevice data, Qcow2Header header)
{
    // 8 MiB of tables: with clusters of 64 KiB, enough for 64 GiB of the disk at a time.
    private const int CachedPages = 128;

    private const string Section = "Cluster mapping";

    private readonly PageCache pages = new(file, CachedPages);
    private readonly int entrySize = header.L2EntrySize;
    private readonly int entryCount = header.L2EntryCount;
    private readonly int unitsPerCluster = header.HasExtendedL2 ? Qcow2L2Entry.SubclusterCount : 1;
    private readonly int unit = header.ClusterSize / (header.HasExtendedL2 ? Qcow2L2Entry.SubclusterCount : 1);
    private readonly bool external = (header.IncompatibleFeatures & Qcow2Features.ExternalData) != 0;

    private int ClusterSize => header.ClusterSize;

    private long TableCoverage => (long)ClusterSize * entryCount;

    /// <summary>Tells where a run of bytes comes from.</summary>
    /// <param name="offset">Offset on the disk, in bytes.</param>
    /// <param name="length">Bytes of interest.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">A table does not follow the format.</exception>
    public async ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken)
    {
        MappedRun run = default;
        while (run.Length < length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long at = offset + run.Length;
            long table = await FindTableAsync(at, cancellationToken).ConfigureAwait(false);
            MappedRun piece = table == 0
                ? new MappedRun(TableCoverage - (at % TableCoverage), MappedRunKind.Absent)
                : await ScanAsync(table, at, length - run.Length, run, cancellationToken).ConfigureAwait(false);
            if (piece.Length == 0 || (run.Length > 0 && !Follows(run, piece)))
            {
                break;
            }

            run = run.Length == 0 ? piece : run with { Length = run.Length + piece.Length };
        }

        return run;
    }

    /// <summary>Finds the entry of the cluster that holds an offset.</summary>
    /// <param name="offset">Offset on the disk, in bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask<Qcow2L2Entry> FindEntryAsync(long offset, CancellationToken cancellationToken)
    {
        long table = await FindTableAsync(offset, cancellationToken).ConfigureAwait(false);
        if (table == 0)
        {
            return default;
        }

        long index = offset / ClusterSize % entryCount;
        ReadOnlyMemory<byte> page = await GetAsync(table + (index * entrySize), cancellationToken).ConfigureAwait(false);
        return Decode(page.Span);
    }

    private static bool Follows(MappedRun run, MappedRun piece) =>
        run.Kind == piece.Kind && (run.Kind != MappedRunKind.Stored || run.FileOffset + run.Length == piece.FileOffset);

    // The bytes from an offset to the end of its page. Entries are aligned to their size, so that none lies in two pages.
    private async ValueTask<ReadOnlyMemory<byte>> GetAsync(long offset, CancellationToken cancellationToken)
    {
        byte[] page = await pages.GetAsync(offset / PageCache.PageSize, cancellationToken).ConfigureAwait(false);
        return page.AsMemory((int)(offset % PageCache.PageSize));
    }

    private async ValueTask<long> FindTableAsync(long offset, CancellationToken cancellationToken)
    {
        long entryAt = (long)header.L1TableOffset + (offset / TableCoverage * 8);
        ReadOnlyMemory<byte> page = await GetAsync(entryAt, cancellationToken).ConfigureAwait(false);
        ulong entry = BinaryPrimitives.ReadUInt64BigEndian(page.Span);
        long table = (long)(entry & Qcow2L2Entry.OffsetMask);
        if ((entry & ~(Qcow2L2Entry.OffsetMask | Qcow2L2Entry.Copied)) != 0
            || table % ClusterSize != 0
            || (table != 0 && table > file.Length - ClusterSize))
        {
            throw Invalid("L1 entry", entryAt, FormattableString.Invariant($"0x{entry:X16} does not name a whole cluster of the file's {file.Length} bytes"));
        }

        return table;
    }

    // Runs on while entries of one page agree; 'before' is what the caller has so far, so that nothing is read past a change.
    private async ValueTask<MappedRun> ScanAsync(long table, long offset, long length, MappedRun before, CancellationToken cancellationToken)
    {
        long index = offset / ClusterSize % entryCount;
        long entryAt = table + (index * entrySize);
        ReadOnlyMemory<byte> page = await GetAsync(entryAt, cancellationToken).ConfigureAwait(false);
        int count = (int)Math.Min(page.Length / entrySize, entryCount - index);
        int zeros = ZeroRun.Count(page.Span[..(count * entrySize)]) / entrySize;
        return zeros > 0
            ? new MappedRun(((long)zeros * ClusterSize) - (offset % ClusterSize), MappedRunKind.Absent)
            : Scan(page.Span, count, entryAt, offset, length, before);
    }

    private MappedRun Scan(ReadOnlySpan<byte> page, int count, long entryAt, long offset, long length, MappedRun before)
    {
        MappedRun run = default;
        long clusterAt = offset - (offset % ClusterSize);
        int first = (int)(offset % ClusterSize / unit);
        for (int i = 0; i < count && run.Length < length; i++, first = 0, clusterAt += ClusterSize)
        {
            Qcow2L2Entry entry = Decode(page[(i * entrySize)..]);
            for (int sub = first; sub < unitsPerCluster && run.Length < length; sub++)
            {
                long unitAt = clusterAt + ((long)sub * unit);
                int skip = (int)Math.Max(offset - unitAt, 0);
                (MappedRun piece, string? fact) = MapUnit(entry, sub, unitAt, skip);
                if (fact is not null && run.Length == 0 && before.Length == 0)
                {
                    throw Invalid("L2 entry", entryAt + ((long)i * entrySize), fact);
                }

                if (fact is not null || (run.Length > 0 && !Follows(run, piece)))
                {
                    return run;
                }

                run = run.Length == 0 ? piece : run with { Length = run.Length + piece.Length };
            }
        }

        return run;
    }

    private (MappedRun Run, string? Fact) MapUnit(Qcow2L2Entry entry, int sub, long unitAt, int skip)
    {
        long count = unit - skip;
        if (entry.IsCompressed)
        {
            return (new MappedRun(count, MappedRunKind.Encoded), external ? "a compressed cluster cannot lie in an external data file" : null);
        }

        if (entry.HasReservedBits || entry.HostOffset % ClusterSize != 0)
        {
            return (default, FormattableString.Invariant($"0x{entry.Descriptor:X16} sets reserved bits or is not aligned to {ClusterSize} bytes"));
        }

        bool allocated = entry.IsAllocated(external);
        bool zero = entry.IsZero;
        if (header.HasExtendedL2)
        {
            bool stored = entry.IsSubclusterAllocated(sub);
            if (zero || (stored && (!allocated || entry.IsSubclusterZero(sub))))
            {
                return (default, FormattableString.Invariant($"subclusters 0x{entry.Bitmap:X16} do not fit the descriptor 0x{entry.Descriptor:X16}"));
            }

            allocated = stored;
            zero = entry.IsSubclusterZero(sub);
        }
        else if (zero && header.Version < 3)
        {
            return (default, FormattableString.Invariant($"0x{entry.Descriptor:X16} marks zeros, which version 2 cannot"));
        }

        if (zero || !allocated)
        {
            return (new MappedRun(count, zero ? MappedRunKind.Zero : MappedRunKind.Absent), null);
        }

        // What lies behind the end of the disk may lie behind the end of the file.
        long from = entry.HostOffset + ((long)sub * unit) + skip;
        long needed = Math.Min(count, (long)header.Size - unitAt - skip);
        return needed > 0 && from > data.Length - needed
            ? (default, FormattableString.Invariant($"{needed} bytes at 0x{from:X} reach past the end of the file's {data.Length} bytes"))
            : (new MappedRun(count, MappedRunKind.Stored, from), null);
    }

    private Qcow2L2Entry Decode(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64BigEndian(source),
        entrySize == 16 ? BinaryPrimitives.ReadUInt64BigEndian(source[8..]) : 0);

    private InvalidFormatException Invalid(string structure, long offset, string fact) =>
        Qcow2Errors.Invalid(structure, offset, fact, Section, file.Name);
}
