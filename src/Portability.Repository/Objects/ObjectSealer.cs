using System.Buffers.Binary;
using Portability.Core.Crypto;
using Portability.Repository.Keys;

namespace Portability.Repository.Objects;

/// <summary>Seals and opens the parts of one object, each bound to its place. Thread-safe; the key is zeroed on disposal.</summary>
/// <remarks>FORMAT.md section 6: nonce from zone and counter, associated data from repository, set, object, zone, counter and offset.</remarks>
internal sealed class ObjectSealer : IDisposable
{
    /// <summary>Zone of frames, nodes and pages.</summary>
    public const uint PartZone = 0;

    /// <summary>Zone of a directory or index.</summary>
    public const uint DirectoryZone = 1;

    /// <summary>Bytes that sealing adds.</summary>
    public const int Overhead = AeadKey.TagSize;

    private const int RepositoryAt = 0, SetAt = RepositoryAt + 16, IdAt = SetAt + 1, ZoneAt = IdAt + ObjectId.Size,
        CounterAt = ZoneAt + 4, OffsetAt = CounterAt + 8, BindingSize = OffsetAt + 8;

    private readonly AeadKey key;
    private readonly byte[] binding = new byte[BindingSize];

    public ObjectSealer(Keyring keyring, ObjectHeader header)
    {
        Span<byte> id = stackalloc byte[ObjectId.Size];
        header.Id.Write(id);
        key = keyring.ObjectKey(header.Epoch, id, header.Kind);
        header.Repository.TryWriteBytes(binding.AsSpan(RepositoryAt), bigEndian: true, out _);
        binding[SetAt] = (byte)header.Set;
        id.CopyTo(binding.AsSpan(IdAt));
    }

    /// <summary>Seals a part; the target has exactly <see cref="Overhead"/> bytes more.</summary>
    public void Seal(uint zone, ulong counter, long offset, ReadOnlySpan<byte> plaintext, Span<byte> target)
    {
        Span<byte> nonce = stackalloc byte[AeadKey.NonceSize];
        Span<byte> bound = stackalloc byte[BindingSize];
        Bind(zone, counter, offset, nonce, bound);
        key.Seal(nonce, plaintext, bound, target);
    }

    /// <summary>Opens a part; the target has exactly <see cref="Overhead"/> bytes less.</summary>
    /// <returns>False if it is not what was sealed at this place.</returns>
    public bool TryOpen(uint zone, ulong counter, long offset, ReadOnlySpan<byte> sealedPart, Span<byte> target)
    {
        Span<byte> nonce = stackalloc byte[AeadKey.NonceSize];
        Span<byte> bound = stackalloc byte[BindingSize];
        Bind(zone, counter, offset, nonce, bound);
        return key.TryOpen(nonce, sealedPart, bound, target);
    }

    public void Dispose() => key.Dispose();

    private void Bind(uint zone, ulong counter, long offset, Span<byte> nonce, Span<byte> bound)
    {
        AeadKey.WriteNonce(zone, counter, nonce);
        binding.CopyTo(bound);
        BinaryPrimitives.WriteUInt32BigEndian(bound[ZoneAt..], zone);
        BinaryPrimitives.WriteUInt64BigEndian(bound[CounterAt..], counter);
        BinaryPrimitives.WriteInt64BigEndian(bound[OffsetAt..], offset);
    }
}
