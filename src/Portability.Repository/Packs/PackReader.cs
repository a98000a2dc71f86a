using System.Buffers;
using Portability.Repository.Backends;
using Portability.Repository.Objects;

namespace Portability.Repository.Packs;

/// <summary>An opened pack: its header and directory are checked, its frames are read one by one. Thread-safe.</summary>
/// <remarks>FORMAT.md section 9.</remarks>
internal sealed class PackReader : IDisposable
{
    /// <summary>Bytes read from the end of a pack in the hope that the whole directory is among them.</summary>
    private const int TailGuess = 32 << 10;

    private readonly ObjectScope scope;
    private readonly BlockSet set;
    private readonly ObjectSealer sealer;

    private PackReader(ObjectScope scope, ObjectHeader header, ObjectSealer sealer, PackDirectory directory)
    {
        this.scope = scope;
        this.sealer = sealer;
        set = header.Set;
        Header = header;
        Directory = directory;
    }

    /// <summary>The pack's header.</summary>
    public ObjectHeader Header { get; }

    /// <summary>What it holds.</summary>
    public PackDirectory Directory { get; }

    /// <summary>The pack's id.</summary>
    public ObjectId Id => Header.Id;

    /// <summary>Name of its first copy, for errors.</summary>
    public string Name => RepositoryNames.StoredObject(ObjectKind.Pack, set, Id).Value;

    /// <summary>Opens a pack: reads header, trailer and directory.</summary>
    /// <param name="scope">The repository.</param>
    /// <param name="set">Whose blocks it serves.</param>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">No copy is there and whole.</exception>
    public static Task<PackReader> OpenAsync(ObjectScope scope, BlockSet set, ObjectId id, CancellationToken cancellationToken) =>
        scope.Objects.ReadAsync(ObjectKind.Pack, set, id, (name, token) => OpenCopyAsync(scope, set, id, name, token), cancellationToken);

    /// <summary>Opens one copy of a pack.</summary>
    /// <exception cref="PortabilityException">It is not there, damaged, or breaks the format.</exception>
    public static async Task<PackReader> OpenCopyAsync(ObjectScope scope, BlockSet set, ObjectId id, BlobName name, CancellationToken cancellationToken)
    {
        long length = await scope.Objects.LengthAsync(name, cancellationToken).ConfigureAwait(false);
        if (length < ObjectHeader.Size + PackTrailer.Size)
        {
            throw Damage.At(name.Value, length, "the object ends, too short for a pack");
        }

        byte[] start = new byte[ObjectHeader.Size];
        await scope.Objects.ReadExactlyAsync(name, 0, start, cancellationToken).ConfigureAwait(false);
        var header = ObjectHeader.Read(start, name.Value);
        header.Expect(scope.Repository, ObjectKind.Pack, set, id, name.Value);
        byte[] tail = new byte[Math.Min(length, TailGuess)];
        await scope.Objects.ReadExactlyAsync(name, length - tail.Length, tail, cancellationToken).ConfigureAwait(false);
        PackTrailer trailer = PackTrailer.Read(tail.AsSpan(^PackTrailer.Size..), length, name.Value);
        byte[] sealedDirectory = new byte[trailer.DirectoryLength];
        if (trailer.DirectoryLength + PackTrailer.Size <= tail.Length)
        {
            tail.AsSpan(tail.Length - PackTrailer.Size - trailer.DirectoryLength, trailer.DirectoryLength).CopyTo(sealedDirectory);
        }
        else
        {
            await scope.Objects.ReadExactlyAsync(name, trailer.DirectoryOffset, sealedDirectory, cancellationToken).ConfigureAwait(false);
        }

        return Open(scope, header, trailer, sealedDirectory, name.Value);
    }

    /// <summary>Reads the trailer of a pack, which needs no key.</summary>
    /// <param name="store">Where it lies.</param>
    /// <param name="pack">The pack.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if no copy is there and whole at its end.</returns>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task<PackTrailer?> TryReadTrailerAsync(IBlobStore store, WrittenObject pack, CancellationToken cancellationToken)
    {
        var objects = new StoredObjects(store);
        try
        {
            return await objects.ReadAsync(pack.Kind, pack.Set, pack.Id, ReadTrailerAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            return null;
        }

        async Task<PackTrailer> ReadTrailerAsync(BlobName name, CancellationToken token)
        {
            byte[] tail = new byte[PackTrailer.Size];
            await objects.ReadExactlyAsync(name, pack.Length - tail.Length, tail, token).ConfigureAwait(false);
            return PackTrailer.Read(tail, pack.Length, name.Value);
        }
    }

    /// <summary>Reads one frame, from whichever copy holds it whole.</summary>
    /// <param name="frame">A frame of <see cref="Directory"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its blocks back to back; their content ids are not checked yet.</returns>
    /// <exception cref="PortabilityException">No copy holds it whole.</exception>
    public Task<byte[]> ReadFrameAsync(PackFrame frame, CancellationToken cancellationToken) =>
        scope.Objects.ReadAsync(ObjectKind.Pack, set, Id, (name, token) => ReadFrameAsync(name, frame, token), cancellationToken);

    /// <summary>Opens and unpacks a frame whose bytes were read.</summary>
    /// <param name="frame">A frame of <see cref="Directory"/>.</param>
    /// <param name="sealedFrame">Its sealed bytes.</param>
    /// <param name="target">Exactly as many bytes as its blocks have.</param>
    /// <param name="name">The copy they were read from, for errors.</param>
    /// <exception cref="PortabilityException">They are damaged.</exception>
    public void Unpack(PackFrame frame, ReadOnlySpan<byte> sealedFrame, Span<byte> target, string name)
    {
        int length = frame.Length - ObjectSealer.Overhead;
        byte[] text = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            if (!sealer.TryOpen(ObjectSealer.PartZone, (ulong)frame.Number, frame.Offset, sealedFrame, text.AsSpan(0, length)))
            {
                throw Damage.At(name, frame.Offset, FormattableString.Invariant($"frame {frame.Number} of {frame.Length} bytes does not open"));
            }

            scope.Codec.Decode(text.AsSpan(0, length), scope.BlockSize, target, name, frame.Offset);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    public void Dispose() => sealer.Dispose();

    private static PackReader Open(ObjectScope scope, ObjectHeader header, PackTrailer trailer, byte[] sealedDirectory, string name)
    {
        var opener = new ObjectSealer(scope.Keyring, header);
        try
        {
            byte[] text = new byte[sealedDirectory.Length - ObjectSealer.Overhead];
            return opener.TryOpen(ObjectSealer.DirectoryZone, 0, trailer.DirectoryOffset, sealedDirectory, text)
                ? new PackReader(scope, header, opener, PackDirectory.Decode(text, trailer, scope.BlockSize, name))
                : throw Damage.At(name, trailer.DirectoryOffset, "the directory does not open");
        }
        catch
        {
            opener.Dispose();
            throw;
        }
    }

    private async Task<byte[]> ReadFrameAsync(BlobName name, PackFrame frame, CancellationToken cancellationToken)
    {
        byte[] sealedFrame = ArrayPool<byte>.Shared.Rent(frame.Length);
        try
        {
            await scope.Objects.ReadExactlyAsync(name, frame.Offset, sealedFrame.AsMemory(0, frame.Length), cancellationToken).ConfigureAwait(false);
            byte[] blocks = GC.AllocateUninitializedArray<byte>(frame.BlockCount * scope.BlockSize);
            Unpack(frame, sealedFrame.AsSpan(0, frame.Length), blocks, name.Value);
            return blocks;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(sealedFrame);
        }
    }
}
