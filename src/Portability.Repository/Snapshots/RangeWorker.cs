using System.Buffers;
using Portability.Core.Native;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Packs;

namespace Portability.Repository.Snapshots;

/// <summary>Reads the blocks of one segment after the other into its buffer. One for each thread.</summary>
internal sealed class RangeWorker
{
    /// <summary>Most bytes between two frames that are read though nobody needs them, to save a call.</summary>
    private const int LargestGap = 64 << 10;

    private readonly BlockReader blocks;
    private readonly BlockMap map;
    private readonly int blockSize;
    private readonly Memory<byte> buffer;
    private readonly byte[] frame;
    private readonly List<Wanted> wanted = [];
    private readonly List<int> single = [];

    public RangeWorker(BlockReader blocks, BlockMap map, int segmentLength)
    {
        this.blocks = blocks;
        this.map = map;
        blockSize = blocks.Scope.BlockSize;
        buffer = AlignedMemory.Allocate(Math.Max(segmentLength, blockSize));
        frame = GC.AllocateUninitializedArray<byte>(FrameCodec.MaximumBlocks(blockSize) * blockSize);
    }

    /// <summary>The segment's blocks; those that are not stored are unspecified.</summary>
    public ReadOnlyMemory<byte> Buffer => buffer;

    /// <summary>Reads a segment.</summary>
    /// <param name="segment">The segment; blocks that cannot be read are taken out of it.</param>
    /// <param name="onDamage">Told of each of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ReadAsync(RangeSegment segment, Action<int, PortabilityException> onDamage, CancellationToken cancellationToken)
    {
        await FindAsync(segment, cancellationToken).ConfigureAwait(false);
        for (int first = 0; first < wanted.Count;)
        {
            int end = first + 1;
            while (end < wanted.Count && wanted[end].Follows(wanted[end - 1], wanted[first]))
            {
                end++;
            }

            await ReadPieceAsync(first, end, cancellationToken).ConfigureAwait(false);
            first = end;
        }

        foreach (int index in single)
        {
            try
            {
                await blocks.ReadAsync(map.Set, segment.Locations[index]!.Value, 0, buffer.Slice(index * blockSize, blockSize), cancellationToken).ConfigureAwait(false);
            }
            catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
            {
                onDamage(index, exception);
                segment.Remove(index);
            }
        }
    }

    /// <summary>Looks up the frame of each block; what is not where the map says is read one by one.</summary>
    private async ValueTask FindAsync(RangeSegment segment, CancellationToken cancellationToken)
    {
        wanted.Clear();
        single.Clear();
        PackReader? pack = null;
        ObjectId? named = null;
        for (int index = 0; index < segment.Locations.Length; index++)
        {
            if (segment.Locations[index] is not { } location)
            {
                continue;
            }

            if (named != location.Pack)
            {
                named = location.Pack;
                pack = await blocks.TryOpenMovedAsync(map.Set, location.Pack, cancellationToken).ConfigureAwait(false);
            }

            if (pack is null || !pack.Directory.TryFind(location.Id, out _, out _))
            {
                pack = await blocks.TryLocateAsync(map.Set, location, cancellationToken).ConfigureAwait(false);
            }

            if (pack is not null && pack.Directory.TryFind(location.Id, out PackFrame place, out int within))
            {
                wanted.Add(new Wanted(pack, place, within, index, location.Id));
            }
            else
            {
                single.Add(index);
            }
        }

        wanted.Sort(Wanted.Compare);
    }

    private async Task ReadPieceAsync(int first, int end, CancellationToken cancellationToken)
    {
        Wanted start = wanted[first];
        long offset = start.Frame.Offset;
        int length = (int)(wanted[end - 1].End - offset);
        byte[] piece = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var name = RepositoryNames.StoredObject(ObjectKind.Pack, map.Set, start.Pack.Id);
            await blocks.Scope.Objects.ReadExactlyAsync(name, offset, piece.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            for (int at = first; at < end;)
            {
                int next = at + 1;
                while (next < end && wanted[next].Frame.Number == wanted[at].Frame.Number)
                {
                    next++;
                }

                UnpackOrPutBack(at, next, piece.AsSpan((int)(wanted[at].Frame.Offset - offset), wanted[at].Frame.Length), name.Value);
                at = next;
            }
        }
        catch (PortabilityException exception) when (exception is IntegrityException or StorageException { ErrorId: "ObjectNotFound" })
        {
            single.AddRange(wanted[first..end].Select(block => block.Index));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private void UnpackOrPutBack(int first, int end, ReadOnlySpan<byte> sealedFrame, string name)
    {
        try
        {
            Unpack(first, end, sealedFrame, name);
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            single.AddRange(wanted[first..end].Select(block => block.Index));
        }
    }

    private void Unpack(int first, int end, ReadOnlySpan<byte> sealedFrame, string name)
    {
        Wanted start = wanted[first];
        int length = start.Frame.BlockCount * blockSize;
        bool isWhole = IsWhole(first, end);
        Span<byte> target = isWhole ? buffer.Span.Slice(start.Index * blockSize, length) : frame.AsSpan(0, length);
        start.Pack.Unpack(start.Frame, sealedFrame, target, name);
        for (int at = first; at < end; at++)
        {
            Wanted block = wanted[at];
            Span<byte> bytes = target.Slice(block.Within * blockSize, blockSize);
            blocks.Check(map.Set, block.Id, bytes, block.Pack, block.Frame, block.Within);
            if (!isWhole)
            {
                bytes.CopyTo(buffer.Span.Slice(block.Index * blockSize, blockSize));
            }
        }
    }

    /// <summary>Tells whether a frame's blocks are wanted as they lie in it, so that it can be unpacked in place.</summary>
    private bool IsWhole(int first, int end)
    {
        for (int at = first; at < end; at++)
        {
            if (wanted[at].Within != at - first || wanted[at].Index != wanted[first].Index + at - first)
            {
                return false;
            }
        }

        return end - first == wanted[first].Frame.BlockCount;
    }

    /// <summary>A block that is to be read: ordered by pack, frame, and place in the segment.</summary>
    private readonly record struct Wanted(PackReader Pack, PackFrame Frame, int Within, int Index, BlockId Id)
    {
        public long End => Frame.Offset + Frame.Length;

        public bool Follows(Wanted before, Wanted first) =>
            Pack == before.Pack && Frame.Offset - before.End <= LargestGap && End - first.Frame.Offset <= RangeCopy.SegmentLength;

        public static int Compare(Wanted left, Wanted right)
        {
            int order = left.Pack.Id.CompareTo(right.Pack.Id);
            order = order != 0 ? order : left.Frame.Number.CompareTo(right.Frame.Number);
            order = order != 0 ? order : left.Within.CompareTo(right.Within);
            return order != 0 ? order : left.Index.CompareTo(right.Index);
        }
    }
}
