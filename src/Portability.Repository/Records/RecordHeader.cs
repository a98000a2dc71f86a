using Portability.Core.Binary;
using Portability.Core.Crypto;

namespace Portability.Repository.Records;

/// <summary>First 96 bytes of every signed record.</summary>
/// <remarks>FORMAT.md, section 5. Little-endian; the GUID in RFC 9562 order.</remarks>
internal readonly struct RecordHeader
{
    public const int Size = BodyLengthAt + 4 + 4;
    public const int MaximumPartLength = 64 << 20;
    public const int MinimumSealedLength = 4 + AeadKey.TagSize;
    public const int RecordIdSize = 32;
    private const int MagicAt = 0, VersionAt = MagicAt + 4, KindAt = VersionAt + 2, FlagsAt = KindAt + 1, RepositoryAt = FlagsAt + 1;
    private const int RecordIdAt = RepositoryAt + 16, SignerAt = RecordIdAt + RecordIdSize, BodyLengthAt = SignerAt + KeyFingerprint.Size;
    private const ushort Version = 1;
    private const byte HasSealedPart = 1;

    public required RecordKind Kind { get; init; }

    public required Guid RepositoryId { get; init; }

    public required ReadOnlyMemory<byte> RecordId { get; init; }

    public required KeyFingerprint Signer { get; init; }

    public required int BodyLength { get; init; }

    public required int SealedLength { get; init; }

    private static ReadOnlySpan<byte> Magic => "WPR1"u8;

    /// <summary>Reads and checks everything that can be checked without what follows.</summary>
    /// <exception cref="InvalidFormatException">Not a record of version 1.</exception>
    public static RecordHeader Read(ReadOnlySpan<byte> source, string? name)
    {
        if (source.Length < Size)
        {
            throw Error(0, FormattableString.Invariant($"{source.Length} bytes, a header has {Size}"), name);
        }

        var reader = new SpanReader(source, "repository", "record header");
        if (!reader.ReadBytes(Magic.Length).SequenceEqual(Magic))
        {
            throw Error(MagicAt, "the magic is not 'WPR1'", name);
        }

        ushort version = reader.ReadUInt16LittleEndian();
        if (version != Version)
        {
            throw TooNew(version, name);
        }

        var kind = (RecordKind)reader.ReadByte();
        byte flags = reader.ReadByte();
        Guid repository = reader.ReadGuidBigEndian();
        byte[] recordId = reader.ReadBytes(RecordIdSize).ToArray();
        KeyFingerprint signer = KeyFingerprint.FromBytes(reader.ReadBytes(KeyFingerprint.Size));
        uint body = reader.ReadUInt32LittleEndian();
        uint sealedPart = reader.ReadUInt32LittleEndian();
        if (kind is < RecordKind.Manifest or > RecordKind.Instance)
        {
            throw Error(KindAt, FormattableString.Invariant($"kind {(byte)kind} is not known"), name);
        }

        if (flags != (sealedPart > 0 ? HasSealedPart : 0))
        {
            throw Error(FlagsAt, FormattableString.Invariant($"flags 0x{flags:X2} do not fit {sealedPart} sealed bytes"), name);
        }

        if (body > MaximumPartLength)
        {
            throw Error(BodyLengthAt, FormattableString.Invariant($"a body of {body} bytes, at most {MaximumPartLength} are allowed"), name);
        }

        if (sealedPart is > MaximumPartLength or (> 0 and < MinimumSealedLength))
        {
            throw Error(BodyLengthAt + 4, FormattableString.Invariant($"a sealed part of {sealedPart} bytes"), name);
        }

        return new RecordHeader
        {
            Kind = kind,
            RepositoryId = repository,
            RecordId = recordId,
            Signer = signer,
            BodyLength = (int)body,
            SealedLength = (int)sealedPart,
        };
    }

    public void Write(Span<byte> target)
    {
        var writer = new SpanWriter(target);
        writer.WriteBytes(Magic);
        writer.WriteUInt16LittleEndian(Version);
        writer.WriteByte((byte)Kind);
        writer.WriteByte(SealedLength > 0 ? HasSealedPart : (byte)0);
        writer.WriteGuidBigEndian(RepositoryId);
        writer.WriteBytes(RecordId.Span);
        writer.WriteBytes(Signer.AsSpan());
        writer.WriteUInt32LittleEndian((uint)BodyLength);
        writer.WriteUInt32LittleEndian((uint)SealedLength);
    }

    public static InvalidFormatException Error(long offset, string fact, string? name) => new(
        "repository",
        "record",
        offset,
        fact,
        "FORMAT.md 5",
        name,
        "Run Test-WorkloadRepository to see what else is damaged, and repair from a mirror with Sync-WorkloadDelta.");

    private static UnsupportedFeatureException TooNew(ushort version, string? name) => new(
        "FormatTooNew",
        ErrorKind.Unsupported,
        FormattableString.Invariant($"Failed to read record '{name}': it has format version {version}, this program knows {Version}."),
        "Update the module with Update-Module WorkloadPortability.",
        name);
}
