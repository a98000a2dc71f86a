using System.Buffers.Binary;
using Portability.Core.Checksums;
using Portability.Repository.Records;

namespace Portability.Repository.Objects;

/// <summary>What packs, maps, reference objects and runs begin with.</summary>
/// <remarks>FORMAT.md section 7: 96 bytes, little-endian, CRC-32C of the first 92.</remarks>
public sealed record ObjectHeader
{
    /// <summary>Length in bytes.</summary>
    public const int Size = ChecksumAt + 4;

    /// <summary>The format version that is written.</summary>
    public const ushort Version = 1;

    /// <summary>The suite of sealed objects.</summary>
    public const ushort SealedSuite = 1;

    private const int MagicAt = 0, VersionAt = MagicAt + 8, KindAt = VersionAt + 2, SetAt = KindAt + 1, SuiteAt = SetAt + 1,
        ZeroAt = SuiteAt + 2, RepositoryAt = ZeroAt + 2, IdAt = RepositoryAt + 16, LeaseAt = IdAt + 32, EpochAt = LeaseAt + RecordId.Size,
        SecondZeroAt = EpochAt + 4, ChecksumAt = SecondZeroAt + 8;

    private static ReadOnlySpan<byte> Magic => [0x57, 0x50, 0x4F, 0x42, 0x4A, 0x0D, 0x0A, 0x1A];

    /// <summary>What the object is.</summary>
    public required ObjectKind Kind { get; init; }

    /// <summary>Whose blocks it serves; <see cref="BlockSet.None"/> for reference objects.</summary>
    public required BlockSet Set { get; init; }

    /// <summary>The repository it belongs to.</summary>
    public required Guid Repository { get; init; }

    /// <summary>Its id.</summary>
    public required ObjectId Id { get; init; }

    /// <summary>The lease it was written under, 16 random bytes.</summary>
    public required RecordId Lease { get; init; }

    /// <summary>Epoch of the key it is sealed with; 0 for reference objects.</summary>
    public required uint Epoch { get; init; }

    /// <summary>Reads and checks a header.</summary>
    /// <param name="source">The object's first bytes, at least <see cref="Size"/> of them.</param>
    /// <param name="name">The object, for errors.</param>
    /// <exception cref="InvalidFormatException">A field breaks the format.</exception>
    /// <exception cref="IntegrityException">The checksum does not fit.</exception>
    public static ObjectHeader Read(ReadOnlySpan<byte> source, string name)
    {
        if (source.Length < Size)
        {
            throw Damage.At(name, source.Length, FormattableString.Invariant($"the object ends inside its header of {Size} bytes"));
        }

        if (!source[..VersionAt].SequenceEqual(Magic))
        {
            throw Damage.At(name, MagicAt, "the magic is not that of an object");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumAt..]) != Crc32C.Compute(source[..ChecksumAt]))
        {
            throw Damage.At(name, ChecksumAt, "the header's checksum does not fit");
        }

        var header = new ObjectHeader
        {
            Kind = (ObjectKind)source[KindAt],
            Set = (BlockSet)source[SetAt],
            Repository = new Guid(source.Slice(RepositoryAt, 16), bigEndian: true),
            Id = ObjectId.Read(source[IdAt..]),
            Lease = RecordId.FromBytes(source.Slice(LeaseAt, RecordId.Size)),
            Epoch = BinaryPrimitives.ReadUInt32LittleEndian(source[EpochAt..]),
        };
        header.Validate(
            BinaryPrimitives.ReadUInt16LittleEndian(source[VersionAt..]),
            BinaryPrimitives.ReadUInt16LittleEndian(source[SuiteAt..]),
            BinaryPrimitives.ReadUInt16LittleEndian(source[ZeroAt..]) != 0 || BinaryPrimitives.ReadUInt64LittleEndian(source[SecondZeroAt..]) != 0,
            name);
        return header;
    }

    /// <summary>Checks that this is the header of the object that was asked for.</summary>
    /// <param name="repository">The repository's id.</param>
    /// <param name="kind">What it must be.</param>
    /// <param name="set">Whose blocks it must serve.</param>
    /// <param name="id">Its id.</param>
    /// <param name="name">The object, for errors.</param>
    /// <exception cref="IntegrityException">It is another object's.</exception>
    public void Expect(Guid repository, ObjectKind kind, BlockSet set, ObjectId id, string name)
    {
        if (Repository != repository || Kind != kind || Set != set || Id != id)
        {
            throw Damage.At(name, 0, $"stands the header of another object: {Kind} {Id} of set {Set} and repository {Repository}");
        }
    }

    /// <summary>Writes the header.</summary>
    /// <param name="target">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target)
    {
        target[..Size].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt16LittleEndian(target[VersionAt..], Version);
        target[KindAt] = (byte)Kind;
        target[SetAt] = (byte)Set;
        BinaryPrimitives.WriteUInt16LittleEndian(target[SuiteAt..], Kind == ObjectKind.Reference ? (ushort)0 : SealedSuite);
        Repository.TryWriteBytes(target.Slice(RepositoryAt, 16), bigEndian: true, out _);
        Id.Write(target[IdAt..]);
        Lease.CopyTo(target.Slice(LeaseAt, RecordId.Size));
        BinaryPrimitives.WriteUInt32LittleEndian(target[EpochAt..], Epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumAt..], Crc32C.Compute(target[..ChecksumAt]));
    }

    private void Validate(ushort version, ushort suite, bool notZero, string name)
    {
        bool reference = Kind == ObjectKind.Reference;
        string? fact = null;
        if (version != Version)
        {
            fact = FormattableString.Invariant($"version {version} is not known");
        }
        else if (Kind is < ObjectKind.Pack or > ObjectKind.Run)
        {
            fact = FormattableString.Invariant($"kind {(int)Kind} is not known");
        }
        else if (reference ? Set != BlockSet.None : Set is not (BlockSet.Boot or BlockSet.Data))
        {
            fact = FormattableString.Invariant($"set {(int)Set} does not fit kind {Kind}");
        }
        else if (suite != (reference ? 0 : SealedSuite))
        {
            fact = FormattableString.Invariant($"suite {suite} does not fit kind {Kind}");
        }
        else if (reference != (Epoch == 0))
        {
            fact = FormattableString.Invariant($"epoch {Epoch} does not fit kind {Kind}");
        }
        else if (notZero)
        {
            fact = "bytes that must be zero are not";
        }

        if (fact is not null)
        {
            throw Damage.Malformed("header", 7, name, 0, fact);
        }
    }
}
