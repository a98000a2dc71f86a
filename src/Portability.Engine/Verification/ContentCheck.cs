using System.Buffers;
using System.Runtime.CompilerServices;
using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Capture;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Maps;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Verification;

/// <summary>Opens every stored block of a snapshot and compares it with its content id; goes on behind what does not read.</summary>
internal sealed class ContentCheck
{
    private const long ReadSize = 1 << 20;
    private const int MaximumReaders = 4;
    private const int Fan = 32;
    private const long LargestStep = Fan * Fan * Fan;

    private readonly RepositoryConnection connection;
    private readonly FindingList findings;
    private readonly ProgressMeter meter;

    public ContentCheck(RepositoryConnection connection, FindingList findings, ProgressMeter meter)
    {
        this.connection = connection;
        this.findings = findings;
        this.meter = meter;
    }

    /// <summary>Tests a snapshot.</summary>
    /// <param name="entry">Snapshot.</param>
    /// <param name="before">A snapshot of the same workload that was tested already: blocks that it has in the same places are passed over; or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A task that ends when every block was read.</returns>
    public async Task CheckAsync(CatalogEntry entry, CatalogEntry? before, CancellationToken cancellationToken)
    {
        using SnapshotScope scope = SnapshotScope.Open(connection, entry.Manifest.Workload, connection.Opened.RequireKeyring(), fromStore: true);
        SnapshotReader reader;
        SnapshotReader? known;
        try
        {
            reader = scope.Read(entry.Manifest);
            known = before is null ? null : scope.Read(before.Manifest);
        }
        catch (InvalidFormatException exception)
        {
            findings.Add(exception, entry.Name.Value, entry);
            return;
        }

        foreach (SnapshotDisk disk in entry.Manifest.Disks)
        {
            int readers = Math.Clamp(connection.Environment.WorkerCount, 2, MaximumReaders);
            SnapshotDisk? same = before is null ? null : Array.Find(before.Manifest.Disks, other => other.Number == disk.Number && other.Length == disk.Length && other.Set == disk.Set);
            List<(long Offset, long Length)>? changed = same is null
                ? null
                : await ChangedAsync(reader, disk, known!.Map(disk.Number), cancellationToken).ConfigureAwait(false);
            var options = new ParallelOptions { MaxDegreeOfParallelism = readers, CancellationToken = cancellationToken };
            Task reading = changed is null
                ? Parallel.ForEachAsync(PiecesAsync(entry, reader, disk, cancellationToken), options, ReadAsync)
                : Parallel.ForEachAsync(changed, options, ReadAsync);
            await reading.ConfigureAwait(false);

            async ValueTask ReadAsync((long Offset, long Length) piece, CancellationToken token) =>
                await ReadPieceAsync(entry, reader, disk.Number, piece.Offset, piece.Length, token).ConfigureAwait(false);
        }
    }

    private async IAsyncEnumerable<(long Offset, long Length)> PiecesAsync(
        CatalogEntry entry, SnapshotReader reader, SnapshotDisk disk, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlockMap map = reader.Map(disk.Number);
        for (long top = 0; top < map.BlockCount; top += LargestStep)
        {
            var left = new Stack<(long First, long Step)>([(top, LargestStep)]);
            while (left.TryPop(out (long First, long Step) part))
            {
                (PortabilityException? damage, List<(long Offset, long Length)> stored) = await RangesAsync(reader, disk, map, part.First, part.Step, cancellationToken).ConfigureAwait(false);
                if (damage is not null && part.Step > Fan && !await IsOneNodeAsync(reader, disk, map, part.First, part.Step / Fan, cancellationToken).ConfigureAwait(false))
                {
                    for (int child = Fan - 1; child >= 0; child--)
                    {
                        left.Push((part.First + (child * (part.Step / Fan)), part.Step / Fan));
                    }

                    continue;
                }

                if (damage is not null)
                {
                    findings.AddBlocks(damage, entry, disk.Number, part.First * reader.BlockSize, Math.Min(map.BlockCount - part.First, part.Step));
                }

                foreach ((long offset, long length) in stored)
                {
                    for (long at = 0; at < length; at += ReadSize)
                    {
                        yield return (offset + at, Math.Min(ReadSize, length - at));
                    }
                }
            }
        }
    }

    /// <summary>True if the first two parts below do not read for one and the same node: then it stands above all of them.</summary>
    private static async ValueTask<bool> IsOneNodeAsync(SnapshotReader reader, SnapshotDisk disk, BlockMap map, long first, long step, CancellationToken cancellationToken)
    {
        (PortabilityException? left, _) = await RangesAsync(reader, disk, map, first, step, cancellationToken).ConfigureAwait(false);
        (PortabilityException? right, _) = await RangesAsync(reader, disk, map, first + step, step, cancellationToken).ConfigureAwait(false);
        return left is not null && right is not null && string.Equals(left.Message, right.Message, StringComparison.Ordinal);
    }

    private static async ValueTask<(PortabilityException? Damage, List<(long Offset, long Length)> Stored)> RangesAsync(
        SnapshotReader reader, SnapshotDisk disk, BlockMap map, long first, long count, CancellationToken cancellationToken)
    {
        var stored = new List<(long Offset, long Length)>();
        long end = Math.Min(map.BlockCount, first + count);
        if (first >= end)
        {
            return (null, stored);
        }

        try
        {
            long offset = first * reader.BlockSize;
            long length = Math.Min(disk.Length, end * reader.BlockSize) - offset;
            await foreach ((long Offset, long Length) range in reader.StoredRangesAsync(disk.Number, offset, length, cancellationToken).ConfigureAwait(false))
            {
                stored.Add(range);
            }

            return (null, stored);
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            return (exception, []);
        }
    }

    /// <summary>What the disk has elsewhere, or of other content, than an older one that was tested; null where a map does not read.</summary>
    private static async Task<List<(long Offset, long Length)>?> ChangedAsync(SnapshotReader reader, SnapshotDisk disk, BlockMap old, CancellationToken cancellationToken)
    {
        var changed = new List<(long Offset, long Length)>();
        try
        {
            await foreach (BlockDifference difference in BlockMapComparison.CompareAsync(old, reader.Map(disk.Number), cancellationToken).ConfigureAwait(false))
            {
                long offset = difference.Block * reader.BlockSize;
                if (difference.After is null || offset >= disk.Length)
                {
                    continue;
                }

                long length = Math.Min(reader.BlockSize, disk.Length - offset);
                if (changed.Count > 0 && changed[^1] is var last && last.Offset + last.Length == offset && last.Length < ReadSize)
                {
                    changed[^1] = (last.Offset, last.Length + length);
                }
                else
                {
                    changed.Add((offset, length));
                }
            }

            return changed;
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            return null; // then every part of the map is walked, and what does not read is told
        }
    }

    private async ValueTask ReadPieceAsync(CatalogEntry entry, SnapshotReader reader, int disk, long offset, long length, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            await reader.ReadAsync(disk, offset, buffer.AsMemory(0, (int)length), cancellationToken).ConfigureAwait(false);
            meter.Add(length);
        }
        catch (IntegrityException)
        {
            for (long at = 0; at < length; at += reader.BlockSize)
            {
                try
                {
                    int count = (int)Math.Min(reader.BlockSize, length - at);
                    await reader.ReadAsync(disk, offset + at, buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                }
                catch (IntegrityException exception)
                {
                    findings.AddBlocks(exception.InnerException as PortabilityException ?? exception, entry, disk, offset + at, 1);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
