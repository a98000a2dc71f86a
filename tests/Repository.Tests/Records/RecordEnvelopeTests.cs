using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Records;
using Xunit;

namespace Portability.Repository.Tests.Records;

/// <summary>The bytes of the envelope, taken apart by hand, and every way its header can be wrong.</summary>
public sealed class RecordEnvelopeTests
{
    private const string ExpectedHeaderAndParts =
        "5750523101000101112233445566478899aabbccddeeff00111ca12a9a5c26194711155f288d8c9370332375bd292d0e" +
        "bdee3995f0e672691d979a2cf379b54db6d1f286b0e4c2deb98de8edc27422eac1376f8850bc7b2f070000001a000000" +
        "7b2261223a317d010000005c53cb509e80737b659a7372492b3a4737e0f42179b4";

    private static readonly Guid RepositoryId = new("11223344-5566-4788-99aa-bbccddeeff00");

    [Fact]
    public void The_header_of_fixed_input_never_changes()
    {
        using SigningKey key = SigningKey.Read(Convert.FromBase64String(FormatVectors.SignerKey));
        using Keyring keyring = Keyring.Decode(RepositoryId, Convert.FromBase64String(FormatVectors.Keyring));

        SignedRecord record = new RecordSigner(RepositoryId, key, new SeededRandomSource(11)).Sign(RecordKind.Manifest, "{\"a\":1}"u8, keyring, "sealed"u8);

        Assert.Equal(ExpectedHeaderAndParts, Convert.ToHexStringLower(record.Bytes.Span[..^64]));
    }

    [Fact]
    public void Every_field_lies_where_the_format_says()
    {
        using SigningKey key = SigningKey.Generate();
        using Keyring keyring = Keyring.Create(RepositoryId, RandomSource.System);
        using SecretBytes encoded = keyring.Encode();
        byte[] bytes = new RecordSigner(RepositoryId, key, RandomSource.System).Sign(RecordKind.Lease, "{\"a\":1}"u8, keyring, "sealed"u8).Bytes.ToArray();

        Assert.Equal("WPR1", Encoding.ASCII.GetString(bytes, 0, 4));
        Assert.Equal(1, BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(4)));
        Assert.Equal(8, bytes[6]);
        Assert.Equal(1, bytes[7]);
        Assert.Equal(Convert.FromHexString("112233445566478899aabbccddeeff00"), bytes[8..24]);
        Assert.Equal(SHA256.HashData(key.PublicKey.SubjectPublicKeyInfo.Span), bytes[56..88]);
        Assert.Equal(7, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(88)));
        Assert.Equal(4 + 6 + 16, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(92)));
        Assert.Equal("{\"a\":1}", Encoding.ASCII.GetString(bytes, 96, 7));
        Assert.Equal(1u, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(103)));

        byte[] epochKey = encoded.AsSpan()[37..].ToArray();
        using var cipher = new AesGcm(HKDF.DeriveKey(HashAlgorithmName.SHA256, epochKey, 32, bytes[24..56], Encoding.ASCII.GetBytes("record")), 16);
        byte[] opened = new byte[6];
        cipher.Decrypt(new byte[12], bytes.AsSpan(107, 6), bytes.AsSpan(113, 16), opened, [.. bytes[..96], .. SHA256.HashData(bytes.AsSpan(96, 7))]);
        Assert.Equal("sealed", Encoding.ASCII.GetString(opened));

        using ECDsa verifier = ECDsa.Create();
        verifier.ImportSubjectPublicKeyInfo(key.PublicKey.SubjectPublicKeyInfo.Span, out _);
        byte[] signed = [.. Encoding.ASCII.GetBytes("WorkloadPortability record 1"), 0, .. bytes[..^64]];
        Assert.True(verifier.VerifyData(signed, bytes[^64..], HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    [Theory]
    [InlineData(0, (byte)'X')]
    [InlineData(6, (byte)0)]
    [InlineData(6, (byte)15)]
    [InlineData(6, (byte)255)]
    [InlineData(7, (byte)1)]
    [InlineData(7, (byte)2)]
    [InlineData(88, (byte)0)]
    [InlineData(91, (byte)4)]
    [InlineData(91, (byte)255)]
    [InlineData(92, (byte)1)]
    [InlineData(95, (byte)255)]
    public void A_header_that_contradicts_itself_is_refused(int at, byte value)
    {
        byte[] bytes = Plain();
        bytes[at] = value;

        Assert.Throws<InvalidFormatException>(() => SignedRecord.Parse(bytes));
    }

    [Fact]
    public void A_later_version_is_named()
    {
        byte[] bytes = Plain();
        bytes[4] = 2;

        Assert.Equal("FormatTooNew", Assert.Throws<UnsupportedFeatureException>(() => SignedRecord.Parse(bytes, "x")).ErrorId);
    }

    [Fact]
    public void Any_other_length_is_refused()
    {
        byte[] bytes = Plain();
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidFormatException>(() => SignedRecord.Parse(bytes.AsMemory(0, length)));
        }

        Assert.Throws<InvalidFormatException>(() => SignedRecord.Parse(new byte[] { 1 }.Concat(bytes).ToArray()));
        Assert.Throws<InvalidFormatException>(() => SignedRecord.Parse(bytes.Append((byte)0).ToArray()));
    }

    [Fact]
    public void The_sealed_part_opens_for_its_record_and_epoch_only()
    {
        using SigningKey key = SigningKey.Generate();
        using Keyring keyring = Keyring.Create(RepositoryId, RandomSource.System);
        using Keyring other = Keyring.Create(RepositoryId, RandomSource.System);
        using Keyring later = keyring.WithNewEpoch(RandomSource.System);
        var signer = new RecordSigner(RepositoryId, key, RandomSource.System);
        SignedRecord record = signer.Sign(RecordKind.Manifest, "{}"u8, keyring, "s"u8);
        SignedRecord plain = signer.Sign(RecordKind.Manifest, "{}"u8);

        Assert.Equal("RecordDamaged", Assert.Throws<IntegrityException>(() => record.OpenSealed(other)).ErrorId);
        Assert.Equal("RecordDamaged", Assert.Throws<IntegrityException>(() => plain.OpenSealed(keyring)).ErrorId);
        using SecretBytes opened = record.OpenSealed(later);
        Assert.Equal("s"u8, opened.AsSpan());
        Assert.Equal("EpochUnknown", Assert.Throws<RepositoryException>(() => signer.Sign(RecordKind.Manifest, "{}"u8, later, "s"u8).OpenSealed(keyring)).ErrorId);
    }

    [Fact]
    public void A_part_above_its_limit_is_refused_before_it_is_signed()
    {
        using SigningKey key = SigningKey.Generate();
        var signer = new RecordSigner(RepositoryId, key, RandomSource.System);

        Assert.Equal("RecordTooLarge", Assert.Throws<RepositoryException>(() => signer.Sign(RecordKind.Manifest, new byte[(64 << 20) + 1])).ErrorId);
    }

    private static byte[] Plain()
    {
        using SigningKey key = SigningKey.Generate();
        return new RecordSigner(RepositoryId, key, RandomSource.System).Sign(RecordKind.Lease, "{\"a\":1}"u8).Bytes.ToArray();
    }
}
