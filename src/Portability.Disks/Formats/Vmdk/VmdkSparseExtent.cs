using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vmdk;

/// <summary>A hosted sparse extent: grains found through a directory and tables, plain or compressed. Thread-safe.</summary>
/// <remarks>VMware Virtual Disk Format 5.0, "Hosted Sparse Extents" and "Stream-Optimized Compressed Sparse Extents".</remarks>
internal sealed class VmdkSparseExtent : VmdkExtent
{
    private const int EntrySize = 4;
    private const int MarkerSize = 8 + 4;
    private const int SectorSize = VmdkSparseHeader.SectorSize;
    private const int CachedPages = 64;
    private const long DecodedCapacity = 4 << 20;

    // The footer's marker, the footer and the end-of-stream marker, a sector each.
    private const int FooterFromEnd = 2 * SectorSize;

    private readonly IBlockDevice file;
    private readonly VmdkSparseHeader header;
    private readonly uint[] directory;
    private readonly PageCache tables;
    private readonly BlockCache decoded = new(DecodedCapacity);

    private VmdkSparseExtent(long start, long length, IBlockDevice file, VmdkSparseHeader header, uint[] directory)
        : base(start, length, file)
    {
        this.file = file;
        this.header = header;
        this.directory = directory;
        tables = new PageCache(file, CachedPages);
    }

    /// <inheritdoc/>
    public override int GrainSize => header.GrainSize;

    /// <summary>Reads the header at a file's start.</summary>
    /// <param name="file">The file.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">There is none, or it makes no sense.</exception>
    public static ValueTask<VmdkSparseHeader> ReadHeaderAsync(IBlockDevice file, CancellationToken cancellationToken) =>
        ReadHeaderAsync(file, 0, cancellationToken);

    /// <summary>Opens an extent.</summary>
    /// <param name="start">Where it begins on the disk, in bytes.</param>
    /// <param name="length">Length in bytes that the descriptor states.</param>
    /// <param name="file">Its file; stays the caller's.</param>
    /// <param name="context">Where damage is reported.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">The extent does not follow the format.</exception>
    public static async ValueTask<VmdkSparseExtent> OpenAsync(
        long start, long length, IBlockDevice file, DiskOpenContext context, CancellationToken cancellationToken)
    {
        VmdkSparseHeader read = await ReadHeaderAsync(file, 0, cancellationToken).ConfigureAwait(false);
        if (read.DirectorySector == VmdkSparseHeader.DirectoryAtEnd)
        {
            read = await ReadHeaderAsync(file, file.Length - FooterFromEnd, cancellationToken).ConfigureAwait(false);
        }

        if ((ulong)length > read.Capacity * SectorSize)
        {
            throw VmdkErrors.Invalid(
                "sparse extent header", 0, FormattableString.Invariant($"its capacity is {read.Capacity} sectors, the descriptor states {length / SectorSize}"), file.Name);
        }

        uint[] grainTables = await VmdkGrainDirectory.ReadAsync(file, read, context, cancellationToken).ConfigureAwait(false);
        return new VmdkSparseExtent(start, length, file, read, grainTables);
    }

    /// <inheritdoc/>
    public override async ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken)
    {
        MappedRun run = default;
        while (run.Length < length && offset + run.Length < Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long at = offset + run.Length;
            long table = (long)directory[at / header.TableCoverage] * SectorSize;
            MappedRun piece = table == 0
                ? new MappedRun(header.TableCoverage - (at % header.TableCoverage), MappedRunKind.Absent)
                : await ScanAsync(table, at, length - run.Length, isFirst: run.Length == 0, cancellationToken).ConfigureAwait(false);
            if (piece.Length == 0 || (run.Length > 0 && !Follows(run, piece)))
            {
                break;
            }

            run = run.Length == 0 ? piece : run with { Length = run.Length + piece.Length };
        }

        return run;
    }

    /// <inheritdoc/>
    public override async ValueTask ReadEncodedAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (buffer.Length > 0)
        {
            long grain = offset / GrainSize;
            int skip = (int)(offset % GrainSize);
            int count = Math.Min(GrainSize - skip, buffer.Length);
            byte[]? block = decoded.Find(grain);
            if (block is null)
            {
                block = await DecodeAsync(grain, cancellationToken).ConfigureAwait(false);
                decoded.Keep(grain, block);
            }

            block.AsSpan(skip, count).CopyTo(buffer.Span);
            offset += count;
            buffer = buffer[count..];
        }
    }

    private static async ValueTask<VmdkSparseHeader> ReadHeaderAsync(IBlockDevice file, long offset, CancellationToken cancellationToken)
    {
        if (offset < 0 || file.Length < offset + VmdkSparseHeader.Size)
        {
            throw VmdkErrors.Invalid("sparse extent header", offset, FormattableString.Invariant($"the file's {file.Length} bytes end before it"), file.Name);
        }

        byte[] source = new byte[VmdkSparseHeader.Size];
        await file.ReadAsync(offset, source, cancellationToken).ConfigureAwait(false);
        if (BinaryPrimitives.ReadUInt32LittleEndian(source) != VmdkSparseHeader.ExpectedMagic)
        {
            throw VmdkErrors.Invalid("sparse extent header", offset, "the magic number is missing", file.Name);
        }

        VmdkSparseHeader read = VmdkSparseHeader.Read(source);
        read.Validate(offset, file.Name);
        return read;
    }

    private static bool Follows(MappedRun run, MappedRun piece) =>
        run.Kind == piece.Kind && (run.Kind != MappedRunKind.Stored || run.FileOffset + run.Length == piece.FileOffset);

    private async ValueTask<MappedRun> ScanAsync(long table, long offset, long length, bool isFirst, CancellationToken cancellationToken)
    {
        long index = offset / GrainSize % header.TableEntries;
        long entryAt = table + (index * EntrySize);
        byte[] page = await tables.GetAsync(entryAt / PageCache.PageSize, cancellationToken).ConfigureAwait(false);
        int from = (int)(entryAt % PageCache.PageSize);
        int count = (int)Math.Min((page.Length - from) / EntrySize, header.TableEntries - index);
        int zeros = ZeroRun.Count(page.AsSpan(from, count * EntrySize)) / EntrySize;
        if (zeros > 0)
        {
            return new MappedRun(((long)zeros * GrainSize) - (offset % GrainSize), MappedRunKind.Absent);
        }

        MappedRun run = default;
        for (int i = 0; i < count && run.Length < length && offset + run.Length < Length; i++)
        {
            uint entry = BinaryPrimitives.ReadUInt32LittleEndian(page.AsSpan(from + (i * EntrySize)));
            (MappedRun piece, string? fact) = MapGrain(entry, offset + run.Length);
            if (fact is not null && isFirst && run.Length == 0)
            {
                throw VmdkErrors.Invalid("grain table", entryAt, fact, file.Name);
            }

            if (fact is not null || (run.Length > 0 && !Follows(run, piece)))
            {
                break;
            }

            run = run.Length == 0 ? piece : run with { Length = run.Length + piece.Length };
        }

        return run;
    }

    private (MappedRun Run, string? Fact) MapGrain(uint entry, long offset)
    {
        int skip = (int)(offset % GrainSize);
        long count = GrainSize - skip;
        if (entry == 0 || (entry == 1 && header.HasZeroGrains))
        {
            return (new MappedRun(count, entry == 0 ? MappedRunKind.Absent : MappedRunKind.Zero), null);
        }

        long from = ((long)entry * SectorSize) + (header.IsCompressed ? 0 : skip);
        long needed = header.IsCompressed ? MarkerSize : Math.Min(count, Length - offset);
        return from > file.Length - needed
            ? (default, FormattableString.Invariant($"the grain at sector {entry} reaches past the end of the file's {file.Length} bytes"))
            : (header.IsCompressed ? new MappedRun(count, MappedRunKind.Encoded) : new MappedRun(count, MappedRunKind.Stored, from), null);
    }

    private async ValueTask<byte[]> DecodeAsync(long grain, CancellationToken cancellationToken)
    {
        long table = (long)directory[grain / header.TableEntries] * SectorSize;
        long entryAt = table + (grain % header.TableEntries * EntrySize);
        byte[] page = await tables.GetAsync(entryAt / PageCache.PageSize, cancellationToken).ConfigureAwait(false);
        long at = (long)BinaryPrimitives.ReadUInt32LittleEndian(page.AsSpan((int)(entryAt % PageCache.PageSize))) * SectorSize;
        int size = (int)Math.Min(GrainSize * 2L, file.Length - at);
        long data = at;
        if (header.HasMarkers)
        {
            data += MarkerSize;
            size = await ReadMarkerAsync(at, grain, cancellationToken).ConfigureAwait(false);
        }

        byte[] source = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            await file.ReadAsync(data, source.AsMemory(0, size), cancellationToken).ConfigureAwait(false);
            return Inflate(source, size, at, (int)Math.Min(GrainSize, Length - (grain * GrainSize)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(source);
        }
    }

    private async ValueTask<int> ReadMarkerAsync(long at, long grain, CancellationToken cancellationToken)
    {
        byte[] marker = new byte[MarkerSize];
        await file.ReadAsync(at, marker, cancellationToken).ConfigureAwait(false);
        ulong sector = BinaryPrimitives.ReadUInt64LittleEndian(marker);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(marker.AsSpan(8));
        if (sector != (ulong)grain * header.GrainSectors)
        {
            throw VmdkErrors.Invalid(
                "grain marker", at, FormattableString.Invariant($"it is that of sector {sector}, not of {(ulong)grain * header.GrainSectors}"), file.Name);
        }

        // Deflate makes what it cannot shrink larger by far less than this.
        if (size == 0 || size > GrainSize * 2L || size > file.Length - at - MarkerSize)
        {
            throw VmdkErrors.Invalid(
                "grain marker", at, FormattableString.Invariant($"{size} bytes of data, the grain has {GrainSize} and the file ends at 0x{file.Length:X}"), file.Name);
        }

        return (int)size;
    }

    // Reads on to the end, so that the checksum behind the data is checked too.
    private byte[] Inflate(byte[] source, int size, long at, int needed)
    {
        byte[] target = new byte[GrainSize];
        try
        {
            using var input = new MemoryStream(source, 0, size, writable: false);
            using var inflater = new ZLibStream(input, CompressionMode.Decompress);
            int count = inflater.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
            if (count < needed || (count == target.Length && inflater.ReadByte() >= 0))
            {
                throw VmdkErrors.Invalid(
                    "compressed grain", at, FormattableString.Invariant($"{size} bytes inflate to {count} or more, {needed} to {target.Length} are expected"), file.Name);
            }

            return target;
        }
        catch (InvalidDataException cause)
        {
            throw VmdkErrors.Invalid("compressed grain", at, FormattableString.Invariant($"{size} bytes do not inflate"), file.Name, cause);
        }
    }
}
