using Portability.Repository.Snapshots;

namespace Portability.Engine.Restore;

/// <summary>
/// Copies a disk of a snapshot to another disk: long pieces of packs are read, opened, unpacked, checked and written by all workers beside
/// each other, and only what is data.
/// </summary>
internal sealed class SnapshotCopier
{
    // Zeros inside what is stored are looked for in this grain; smaller holes cost more metadata than they save.
    private const int Grain = 64 << 10;

    private readonly SnapshotReader reader;
    private readonly SnapshotDisk disk;
    private readonly IRestoreTarget target;
    private readonly int workers;
    private readonly Action<long> onBytes;
    private long written;

    /// <summary>Initialises a copy; used once.</summary>
    /// <param name="reader">The snapshot; stays the caller's.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="target">Written to; at least as long as the disk. Not flushed.</param>
    /// <param name="workers">Threads that read, open, unpack and write.</param>
    /// <param name="onBytes">Told of bytes that are done: stored ones, and where the target does not read as zeros all others too.</param>
    public SnapshotCopier(SnapshotReader reader, SnapshotDisk disk, IRestoreTarget target, int workers, Action<long> onBytes)
    {
        this.reader = reader;
        this.disk = disk;
        this.target = target;
        this.workers = workers;
        this.onBytes = onBytes;
    }

    /// <summary>Copies all of the disk.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Bytes of data written.</returns>
    /// <exception cref="PortabilityException">Reading or writing failed, or a block is damaged: named.</exception>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        if (!target.IsZero)
        {
            await ZeroHolesAsync(cancellationToken).ConfigureAwait(false);
        }

        await reader.CopyAsync(disk.Number, 0, disk.Length, WriteAsync, new RangeCopyOptions { Workers = workers }, cancellationToken).ConfigureAwait(false);
        return written;
    }

    private async Task ZeroHolesAsync(CancellationToken cancellationToken)
    {
        long at = 0;
        await foreach ((long offset, long length) in reader.StoredRangesAsync(disk.Number, 0, disk.Length, cancellationToken).ConfigureAwait(false))
        {
            await ZeroAsync(at, offset - at, cancellationToken).ConfigureAwait(false);
            at = offset + length;
        }

        await ZeroAsync(at, disk.Length - at, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        if (length > 0)
        {
            await target.Device.ZeroAsync(offset, length, cancellationToken).ConfigureAwait(false);
            onBytes(length);
        }
    }

    private async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (int at = 0; at < bytes.Length;)
        {
            bool isZero = IsZero(bytes.Span[at..]);
            int end = Next(at, bytes.Length);
            while (end < bytes.Length && IsZero(bytes.Span[end..]) == isZero)
            {
                end = Next(end, bytes.Length);
            }

            if (!isZero)
            {
                await target.Device.WriteAsync(offset + at, bytes[at..end], cancellationToken).ConfigureAwait(false);
                Interlocked.Add(ref written, end - at);
            }
            else if (!target.IsZero)
            {
                await target.Device.ZeroAsync(offset + at, end - at, cancellationToken).ConfigureAwait(false);
            }

            onBytes(end - at);
            at = end;
        }
    }

    private static int Next(int at, int length) => Math.Min(at + Grain, length);

    private static bool IsZero(ReadOnlySpan<byte> bytes) => !bytes[..Math.Min(Grain, bytes.Length)].ContainsAnyExcept((byte)0);
}
