using System.Security.Cryptography;
using System.Text;
using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Objects;
using Xunit;

namespace Portability.Repository.Tests.Keys;

public sealed class KeyringTests
{
    private const int BlockSize = 4096;
    private static readonly Guid RepositoryId = new("11223344-5566-4788-99aa-bbccddeeff00");

    [Fact]
    public void Encoding_of_fixed_keys_never_changes()
    {
        using Keyring keyring = Fixed();
        using SecretBytes encoded = keyring.Encode();

        Assert.Equal(
            "0102000000" +
            "4cbbd8ca5215b8d161aec181a74b694f4e24b001d5b081dc0030ed797a8973e0" +
            "814dd7b9784d57c15b9c2972e9b4fd6cf7e164f8162a934bdb2452a413dab1f7" +
            "0c730b69905c5ef7a4ca5269f72365400bde2dd2c04eaf9bbb3d1c4a265a0131",
            Convert.ToHexStringLower(encoded.AsSpan()));
    }

    [Theory]
    [InlineData(BlockSet.Boot, null, "110853ebdbe3fcd288f0a14f844cb71db47e7263bdf5677aaa1089a98c170a08")]
    [InlineData(BlockSet.Data, null, "5590b408925cc362b5406f7c427247ea7909de227ff0a07d0cab4025baa31fbf")]
    [InlineData(BlockSet.Data, "0a0b0c0d-0e0f-4011-8213-141516171819", "56d0531be295410df459cd07819692b514b1f973a9bdf2e3c3e0f05faba1fbbb")]
    public void Content_ids_of_fixed_keys_never_change(BlockSet set, string? workload, string expected)
    {
        using Keyring keyring = Fixed();
        using ContentIdHasher hasher = keyring.ContentIdKey(set, BlockSize, workload is null ? null : Guid.Parse(workload));
        byte[] id = new byte[ContentIdHasher.Size];

        hasher.Compute(Block(), id);

        Assert.Equal(expected, Convert.ToHexStringLower(id));
    }

    [Fact]
    public void Content_ids_follow_the_text_of_the_format()
    {
        using Keyring keyring = Fixed();
        using SecretBytes encoded = keyring.Encode();
        byte[] contentKey = encoded.AsSpan().Slice(5, 32).ToArray();
        byte[] key = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, contentKey, 32, Convert.FromHexString("112233445566478899aabbccddeeff00"), Encoding.ASCII.GetBytes("content/data"));
        using ContentIdHasher hasher = keyring.ContentIdKey(BlockSet.Data, BlockSize);

        Assert.True(hasher.Matches(Block(), HMACSHA256.HashData(key, Block())));
    }

    [Fact]
    public void Object_keys_follow_the_text_of_the_format()
    {
        using Keyring keyring = Fixed();
        using SecretBytes encoded = keyring.Encode();
        byte[] secondEpoch = encoded.AsSpan().Slice(5 + 64, 32).ToArray();
        byte[] objectId = new SeededRandomSource(5).NextBytes(32);
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secondEpoch, 32, objectId, Encoding.ASCII.GetBytes("object/2"));
        byte[] text = [1, 2, 3];
        byte[] expected = new byte[3 + 16];
        using (var cipher = new AesGcm(key, 16))
        {
            cipher.Encrypt(new byte[12], text, expected.AsSpan(0, 3), expected.AsSpan(3));
        }

        using AeadKey objectKey = keyring.ObjectKey(2, objectId, ObjectKind.Map);
        byte[] sealedText = new byte[3 + 16];
        objectKey.Seal(new byte[12], text, [], sealedText);

        Assert.Equal(expected, sealedText);
    }

    [Fact]
    public void Scopes_sets_and_workloads_give_different_ids()
    {
        using Keyring keyring = Fixed();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (BlockSet set in new[] { BlockSet.Boot, BlockSet.Data })
        {
            foreach (Guid? workload in new Guid?[] { null, new Guid("0a0b0c0d-0e0f-4011-8213-141516171819"), Guid.Empty })
            {
                using ContentIdHasher hasher = keyring.ContentIdKey(set, BlockSize, workload);
                byte[] id = new byte[ContentIdHasher.Size];
                hasher.Compute(Block(), id);
                Assert.True(seen.Add(Convert.ToHexString(id)));
            }
        }
    }

    [Fact]
    public void What_was_encoded_is_decoded()
    {
        using Keyring keyring = Fixed();
        using SecretBytes encoded = keyring.Encode();
        using Keyring decoded = Keyring.Decode(RepositoryId, encoded.AsSpan());
        using SecretBytes again = decoded.Encode();

        Assert.Equal(encoded.AsSpan(), again.AsSpan());
        Assert.Equal(2u, decoded.Epoch);
    }

    [Fact]
    public void A_new_epoch_keeps_the_keys_before()
    {
        using Keyring keyring = Fixed();
        using Keyring next = keyring.WithNewEpoch(new SeededRandomSource(9));
        using SecretBytes before = keyring.Encode();
        using SecretBytes after = next.Encode();

        Assert.Equal(3u, next.Epoch);
        Assert.Equal(before.AsSpan()[5..].ToArray(), after.AsSpan()[5..before.Length].ToArray());
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(3u)]
    [InlineData(uint.MaxValue)]
    public void An_epoch_that_is_not_held_is_an_error(uint epoch)
    {
        using Keyring keyring = Fixed();

        var error = Assert.Throws<RepositoryException>(() => keyring.ObjectKey(epoch, new byte[32], ObjectKind.Pack));

        Assert.Equal("EpochUnknown", error.ErrorId);
    }

    [Fact]
    public void Any_other_length_or_count_is_refused()
    {
        using Keyring keyring = Fixed();
        using SecretBytes encoded = keyring.Encode();
        byte[] bytes = encoded.AsSpan().ToArray();
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidFormatException>(() => Keyring.Decode(RepositoryId, bytes.AsSpan(0, length)));
        }

        for (int at = 0; at < 5; at++)
        {
            byte[] changed = [.. bytes];
            changed[at] ^= 0x80;
            Assert.Throws<InvalidFormatException>(() => Keyring.Decode(RepositoryId, changed));
        }

        Assert.Throws<InvalidFormatException>(() => Keyring.Decode(RepositoryId, [.. bytes, 0]));
    }

    [Fact]
    public void A_block_of_another_length_has_no_id()
    {
        using Keyring keyring = Fixed();
        using ContentIdHasher hasher = keyring.ContentIdKey(BlockSet.Data, BlockSize);

        Assert.Throws<ArgumentException>(() => hasher.Compute(new byte[BlockSize - 1], new byte[32]));
    }

    private static byte[] Block() => new SeededRandomSource(7).NextBytes(BlockSize);

    private static Keyring Fixed()
    {
        var random = new SeededRandomSource(1);
        using Keyring first = Keyring.Create(RepositoryId, random);
        return first.WithNewEpoch(random);
    }
}
