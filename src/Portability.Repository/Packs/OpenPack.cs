using System.Buffers;
using System.Buffers.Binary;
using Portability.Repository.Objects;

namespace Portability.Repository.Packs;

/// <summary>A pack that is being built in memory. Places are taken one at a time; frames are sealed into them by any thread.</summary>
internal sealed class OpenPack : IDisposable
{
    private readonly ArrayBufferWriter<byte> directory = new(4096);
    private readonly ObjectHeader header;
    private readonly ObjectSealer sealer;
    private readonly TaskCompletionSource filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ObjectScope scope;
    private int end = ObjectHeader.Size;
    private int frames;
    private int blocks;
    private int pending = 1;

    public OpenPack(ObjectScope scope, ObjectHeader header, Memory<byte> buffer)
    {
        this.scope = scope;
        this.header = header;
        Buffer = buffer;
        sealer = new ObjectSealer(scope.Keyring, header);
        header.Write(buffer.Span);
        directory.GetSpan(sizeof(uint))[..sizeof(uint)].Clear();
        directory.Advance(sizeof(uint));
    }

    public ObjectId Id => header.Id;

    public Memory<byte> Buffer { get; }

    /// <summary>Ends when no place is left that was taken and not sealed, after <see cref="Close"/>.</summary>
    public Task Filled => filled.Task;

    /// <summary>Takes the next place; one thread at a time.</summary>
    /// <param name="textLength">Length in bytes of the frame before it is sealed.</param>
    /// <param name="ids">Content ids of its blocks.</param>
    /// <param name="number">The frame's number.</param>
    /// <param name="place">Where it lies.</param>
    /// <returns>False if the pack has no room.</returns>
    public bool TryTake(int textLength, ReadOnlySpan<BlockId> ids, out int number, out FramePlace place)
    {
        int sealedLength = textLength + ObjectSealer.Overhead;
        long whole = end + (long)sealedLength + PackDirectory.SealedLength(frames + 1L, blocks + (long)ids.Length) + PackTrailer.Size;
        number = frames;
        place = new FramePlace(header.Id, end, sealedLength);
        if (whole > Buffer.Length)
        {
            return false;
        }

        PackDirectory.AppendFrame(directory, sealedLength, ids);
        end += sealedLength;
        frames++;
        blocks += ids.Length;
        Interlocked.Increment(ref pending);
        return true;
    }

    /// <summary>Seals a frame into its place.</summary>
    public void Seal(int number, FramePlace place, ReadOnlySpan<byte> text)
    {
        sealer.Seal(ObjectSealer.PartZone, (ulong)number, place.Offset, text, Buffer.Span.Slice(place.Offset, place.Length));
        Leave();
    }

    /// <summary>No more places are taken.</summary>
    public void Close() => Leave();

    /// <summary>Adds directory and trailer, once all frames are sealed.</summary>
    /// <returns>All bytes of the pack, in <see cref="Buffer"/>.</returns>
    public ReadOnlyMemory<byte> Finish()
    {
        int directoryLength = directory.WrittenCount + ObjectSealer.Overhead;
        int offset = end;
        if (scope.PadPacks)
        {
            int whole = offset + directoryLength + PackTrailer.Size;
            offset += (ObjectScope.PaddingUnit - (whole % ObjectScope.PaddingUnit)) % ObjectScope.PaddingUnit;
            Buffer.Span.Slice(end, offset - end).Clear();
        }

        byte[] text = directory.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(text, frames);
        Span<byte> sealedDirectory = Buffer.Span.Slice(offset, directoryLength);
        sealer.Seal(ObjectSealer.DirectoryZone, 0, offset, text, sealedDirectory);
        var trailer = new PackTrailer(offset, directoryLength, frames, blocks);
        int length = offset + directoryLength + PackTrailer.Size;
        trailer.Write(Buffer.Span[(offset + directoryLength)..]);
        Check(Buffer.Span.Slice(0, length), text);
        return Buffer[..length];
    }

    public void Dispose() => sealer.Dispose();

    /// <summary>Decodes what was encoded, before anybody relies on it.</summary>
    private void Check(ReadOnlySpan<byte> pack, ReadOnlySpan<byte> expected)
    {
        string name = RepositoryNames.StoredObject(ObjectKind.Pack, header.Set, header.Id).Value;
        PackTrailer trailer = PackTrailer.Read(pack[^PackTrailer.Size..], pack.Length, name);
        byte[] text = new byte[trailer.DirectoryLength - ObjectSealer.Overhead];
        ObjectHeader.Read(pack, name).Expect(scope.Repository, ObjectKind.Pack, header.Set, header.Id, name);
        if (!sealer.TryOpen(ObjectSealer.DirectoryZone, 0, trailer.DirectoryOffset, pack.Slice((int)trailer.DirectoryOffset, trailer.DirectoryLength), text)
            || !text.AsSpan().SequenceEqual(expected))
        {
            throw Damage.At(name, trailer.DirectoryOffset, "the directory does not open as it was sealed");
        }

        PackDirectory decoded = PackDirectory.Decode(text, trailer, scope.BlockSize, name);
        if (decoded.Frames.Length > 0 && decoded.Frames[^1].Offset + decoded.Frames[^1].Length != end)
        {
            throw Damage.At(name, end, "the last frame does not end where it was put");
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref pending) == 0)
        {
            filled.SetResult();
        }
    }
}
