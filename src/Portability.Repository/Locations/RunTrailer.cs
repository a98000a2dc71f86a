using System.Buffers.Binary;
using Portability.Core.Crypto;
using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>Last bytes of a run: where its index and its pack table lie, and who signed it.</summary>
/// <remarks>FORMAT.md section 12: 160 bytes, little-endian.</remarks>
internal readonly record struct RunTrailer(long IndexOffset, int IndexLength, long PackTableOffset, int PackCount, long EntryCount, KeyFingerprint Signer)
{
    public const int Size = SignatureAt + VerificationKey.SignatureSize;

    /// <summary>Bytes that the signature does not cover.</summary>
    public const int SignatureSize = VerificationKey.SignatureSize;

    /// <summary>Most packs of a run.</summary>
    public const int MaximumPacks = ushort.MaxValue;

    /// <summary>Longest index that is read.</summary>
    private const int MaximumIndexLength = 64 << 20;

    private const int IndexOffsetAt = 0, IndexLengthAt = IndexOffsetAt + 8, TableOffsetAt = IndexLengthAt + 4, PackCountAt = TableOffsetAt + 8,
        EntryCountAt = PackCountAt + 4, ZeroAt = EntryCountAt + 8, SignerAt = ZeroAt + 24, MagicAt = SignerAt + KeyFingerprint.Size, SignatureAt = MagicAt + 8;

    private static ReadOnlySpan<byte> Magic => "WPRNEND1"u8;

    /// <summary>Reads and checks a trailer, its signature apart.</summary>
    /// <param name="source">The last <see cref="Size"/> bytes of the run.</param>
    /// <param name="runLength">The run's length in bytes.</param>
    /// <param name="name">The run, for errors.</param>
    /// <exception cref="PortabilityException">It is damaged or breaks the format.</exception>
    public static RunTrailer Read(ReadOnlySpan<byte> source, long runLength, string name)
    {
        long at = runLength - Size;
        if (source.Length != Size || !source.Slice(MagicAt, Magic.Length).SequenceEqual(Magic))
        {
            throw Damage.At(name, at, "stands no trailer of a run");
        }

        var trailer = new RunTrailer(
            BinaryPrimitives.ReadInt64LittleEndian(source[IndexOffsetAt..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[IndexLengthAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[TableOffsetAt..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[PackCountAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[EntryCountAt..]),
            KeyFingerprint.FromBytes(source.Slice(SignerAt, KeyFingerprint.Size)));
        bool fits = trailer.IndexOffset >= ObjectHeader.Size
            && trailer.IndexOffset <= at
            && trailer.IndexLength is > 0 and <= MaximumIndexLength
            && trailer.PackTableOffset == trailer.IndexOffset + trailer.IndexLength
            && trailer.PackCount is > 0 and <= MaximumPacks
            && trailer.PackTableOffset + ((long)trailer.PackCount * ObjectId.Size) == at
            && trailer.EntryCount > 0
            && trailer.EntryCount <= (trailer.IndexOffset - ObjectHeader.Size) / LocationEntry.Size
            && source[ZeroAt..SignerAt].IndexOfAnyExcept((byte)0) < 0;
        return fits
            ? trailer
            : throw Damage.Malformed(
                "run trailer",
                12,
                name,
                at,
                FormattableString.Invariant($"{trailer.EntryCount} entries, {trailer.PackCount} packs and an index of {trailer.IndexLength} bytes at 0x{trailer.IndexOffset:X} do not fit"));
    }

    /// <summary>Writes the trailer, its signature apart.</summary>
    /// <param name="target"><see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target)
    {
        target[..Size].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(target[IndexOffsetAt..], IndexOffset);
        BinaryPrimitives.WriteInt32LittleEndian(target[IndexLengthAt..], IndexLength);
        BinaryPrimitives.WriteInt64LittleEndian(target[TableOffsetAt..], PackTableOffset);
        BinaryPrimitives.WriteInt32LittleEndian(target[PackCountAt..], PackCount);
        BinaryPrimitives.WriteInt64LittleEndian(target[EntryCountAt..], EntryCount);
        Signer.CopyTo(target[SignerAt..]);
        Magic.CopyTo(target[MagicAt..]);
    }

    /// <summary>What is signed: a context and the hash of all bytes before the signature.</summary>
    public static byte[] Signed(ReadOnlySpan<byte> hash) => [.. "WorkloadPortability run 1\0"u8, .. hash];
}
