using Portability.Core.Crypto;
using Xunit;

namespace Portability.Core.Tests.Crypto;

public sealed class SymmetricTests
{
    private static readonly byte[] Key = Convert.FromHexString("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    private static readonly byte[] Nonce = Convert.FromHexString("cafebabefacedbaddecaf888");
    private static readonly byte[] Plain = Convert.FromHexString(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");

    private static readonly byte[] Associated = Convert.FromHexString("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    private static readonly byte[] SealedText = Convert.FromHexString(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        + "76fc6ece0f4e1768cddf8853bb2d551b");

    /// <summary>The GCM specification, appendix B, test case 16.</summary>
    [Fact]
    public void Sealing_gives_the_known_answer_and_opens_again()
    {
        using var key = new AeadKey(Key);
        byte[] target = new byte[Plain.Length + AeadKey.TagSize];
        key.Seal(Nonce, Plain, Associated, target);
        Assert.Equal(SealedText, target);
        byte[] opened = new byte[Plain.Length];
        Assert.True(key.TryOpen(Nonce, target, Associated, opened));
        Assert.Equal(Plain, opened);
    }

    [Fact]
    public void Any_changed_bit_closes_it_and_shows_nothing()
    {
        using var key = new AeadKey(Key);
        byte[] opened = new byte[Plain.Length];
        for (int bit = 0; bit < SealedText.Length * 8; bit++)
        {
            byte[] changed = [.. SealedText];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            opened.AsSpan().Fill(0xAA);
            Assert.False(key.TryOpen(Nonce, changed, Associated, opened));
            Assert.DoesNotContain(opened, value => value != 0);
        }

        Assert.False(key.TryOpen(new byte[AeadKey.NonceSize], SealedText, Associated, opened));
        Assert.False(key.TryOpen(Nonce, SealedText, [], opened));
        Assert.False(key.TryOpen(Nonce, SealedText.AsSpan(0, 15), Associated, []));
        using var other = new AeadKey(new byte[AeadKey.KeySize]);
        Assert.False(other.TryOpen(Nonce, SealedText, Associated, opened));
    }

    [Fact]
    public async Task Threads_share_a_key()
    {
        using var key = new AeadKey(Key);
        await Parallel.ForAsync(0, 200, TestContext.Current.CancellationToken, (number, _) =>
        {
            byte[] nonce = new byte[AeadKey.NonceSize];
            AeadKey.WriteNonce(1, (ulong)number, nonce);
            byte[] text = new byte[1000 + number];
            byte[] target = new byte[text.Length + AeadKey.TagSize];
            key.Seal(nonce, text, [], target);
            byte[] opened = new byte[text.Length];
            Assert.True(key.TryOpen(nonce, target, [], opened));
            Assert.Equal(text, opened);
            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public void Nonces_are_two_big_endian_numbers_and_a_disposed_key_does_nothing()
    {
        byte[] nonce = new byte[AeadKey.NonceSize];
        AeadKey.WriteNonce(0x01020304, 0x05060708090A0B0C, nonce);
        Assert.Equal("0102030405060708090a0b0c", Convert.ToHexStringLower(nonce));
        var key = new AeadKey(Key);
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Seal(Nonce, [], [], new byte[AeadKey.TagSize]));
        Assert.Throws<ArgumentException>(() => new AeadKey(new byte[16]));
    }

    /// <summary>FIPS 180-4 and RFC 4231, test cases 1 and 2.</summary>
    [Fact]
    public void Hashes_give_the_known_answers()
    {
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Convert.ToHexStringLower(ContentHash.Sha256("abc"u8)));
        byte[] target = new byte[ContentHash.Size];
        ContentHash.HmacSha256(Enumerable.Repeat((byte)0x0B, 20).ToArray(), "Hi There"u8, target);
        Assert.Equal("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", Convert.ToHexStringLower(target));
        ContentHash.HmacSha256("Jefe"u8, "what do ya want for nothing?"u8, target);
        Assert.Equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", Convert.ToHexStringLower(target));
        using var running = new RunningHash();
        running.Append("a"u8);
        running.Append("bc"u8);
        Assert.Equal(3, running.Length);
        byte[] whole = ContentHash.Sha256("abc"u8);
        running.Peek(target);
        Assert.Equal(whole, target);
        running.Finish(target);
        Assert.True(ContentHash.AreSame(whole, target));
        Assert.Equal(0, running.Length);
    }

    /// <summary>RFC 5869, test case 1.</summary>
    [Fact]
    public void Keys_from_keys_give_the_known_answer()
    {
        byte[] target = new byte[42];
        KeyDerivation.Derive(
            Enumerable.Repeat((byte)0x0B, 22).ToArray(),
            Convert.FromHexString("000102030405060708090a0b0c"),
            Convert.FromHexString("f0f1f2f3f4f5f6f7f8f9"),
            target);
        Assert.Equal("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865", Convert.ToHexStringLower(target));
    }
}
