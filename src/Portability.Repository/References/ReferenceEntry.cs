using System.Buffers.Binary;
using Portability.Repository.Objects;

namespace Portability.Repository.References;

/// <summary>One entry of a reference tree.</summary>
/// <remarks>FORMAT.md section 11: kind (1), set (1), zero (6), length (8), object id (32), H(object) (32). Kind 0: given up.</remarks>
internal static class ReferenceEntry
{
    public const int Size = HashAt + Digest.Size;

    private const int KindAt = 0, SetAt = KindAt + 1, ZeroAt = SetAt + 1, LengthAt = ZeroAt + 6, IdAt = LengthAt + 8, HashAt = IdAt + ObjectId.Size;

    /// <summary>Reads an entry.</summary>
    /// <returns>Null for an entry that was given up.</returns>
    /// <exception cref="InvalidFormatException">It breaks the format.</exception>
    public static WrittenObject? Read(ReadOnlySpan<byte> source, string name, long offset)
    {
        var kind = (ObjectKind)source[KindAt];
        var set = (BlockSet)source[SetAt];
        long length = BinaryPrimitives.ReadInt64LittleEndian(source[LengthAt..]);
        bool fits = kind switch
        {
            ObjectKind.None => source.IndexOfAnyExcept((byte)0) < 0,
            ObjectKind.Pack or ObjectKind.Map => set is BlockSet.Boot or BlockSet.Data && length > ObjectHeader.Size,
            ObjectKind.Reference => set is BlockSet.None && length > ObjectHeader.Size,
            _ => false,
        };
        if (!fits || source[ZeroAt..LengthAt].IndexOfAnyExcept((byte)0) >= 0)
        {
            throw Damage.Malformed("reference entry", 11, name, offset, FormattableString.Invariant($"kind {(int)kind}, set {(int)set} and {length} bytes do not fit"));
        }

        return kind == ObjectKind.None ? null : new WrittenObject(kind, set, ObjectId.Read(source[IdAt..]), length, Digest.Read(source[HashAt..]));
    }

    /// <summary>Writes an entry.</summary>
    public static void Write(WrittenObject? entry, Span<byte> target)
    {
        target[..Size].Clear();
        if (entry is not null)
        {
            target[KindAt] = (byte)entry.Value.Kind;
            target[SetAt] = (byte)entry.Value.Set;
            BinaryPrimitives.WriteInt64LittleEndian(target[LengthAt..], entry.Value.Length);
            entry.Value.Id.Write(target[IdAt..]);
            entry.Value.Hash.Write(target[HashAt..]);
        }
    }
}
