using Portability.Repository.Packs.Compression;
using Xunit;

namespace Portability.Repository.Tests.Packs;

public sealed class LzCodecTests
{
    private readonly LzEncoder encoder = new();
    private readonly LzDecoder decoder = new();

    [Fact]
    public void AnythingComesBackAsItWas()
    {
        var random = new Random(1);
        for (int run = 0; run < 1500; run++)
        {
            byte[] source = Make(random, run < 40 ? run : random.Next(1, random.Next(8) == 0 ? 700_000 : 20_000));
            byte[] packed = Pack(source);
            byte[] target = new byte[source.Length];
            Assert.True(decoder.TryDecode(packed, target));
            Assert.Equal(source, target);
        }
    }

    [Fact]
    public void RepeatsAndSkewedBytesShrink()
    {
        var random = new Random(2);
        byte[] words = new byte[300_000];
        for (int at = 0; at < words.Length; at++)
        {
            words[at] = (byte)"etaoinshrdlu  ,."[Math.Min(random.Next(16), random.Next(16))];
        }

        Assert.InRange(Pack(words).Length, 1, words.Length * 50 / 100);
        Assert.InRange(Pack(new byte[1 << 20]).Length, 1, 400);
        byte[] noise = new byte[1 << 18];
        random.NextBytes(noise);
        noise.AsSpan(0, 1 << 17).CopyTo(noise.AsSpan(1 << 17));
        Assert.InRange(Pack(noise).Length, 1, (1 << 17) + 100);
    }

    [Fact]
    public void BytesAreThoseOfTheText()
    {
        // Two literals 'a' 'b', then 30 bytes from offset 2 (code 3: one extra bit 0), then the 20 literals that end the segment.
        byte[] source = [.. Enumerable.Range(0, 32).Select(index => (byte)(index % 2 == 0 ? 'a' : 'b')), .. "0123456789ABCDEFGHIJ"u8];
        Assert.Equal(
            "01" + "160000" + "010000" + "010000" + "00" + "00" + Convert.ToHexStringLower("ab0123456789ABCDEFGHIJ"u8) + "01" + "5a" + "01" + "03",
            Convert.ToHexStringLower(Pack(source)));
    }

    [Fact]
    public void TargetsThatAreTooShortAreSaidSo()
    {
        byte[] source = Make(new Random(5), 5000);
        int length = Pack(source).Length;
        for (int room = 0; room < length; room += 7)
        {
            byte[] target = new byte[room + 16];
            target.AsSpan(room).Fill(0xEE);
            Assert.False(encoder.TryEncode(source, target.AsSpan(0, room), out _));
            Assert.Equal(-1, target.AsSpan(room).IndexOfAnyExcept((byte)0xEE));
        }
    }

    /// <summary>The decoder works with pointers: whatever the bytes say, nothing outside the target is touched, and it ends soon.</summary>
    [Fact]
    public void ChangedBytesNeverReachBeyondTheTarget()
    {
        var random = new Random(3);
        byte[][] samples = [.. Enumerable.Range(0, 40).Select(_ => Make(random, random.Next(100, 9000)))];
        byte[][] packed = [.. samples.Select(Pack)];
        for (int run = 0; run < 20_000; run++)
        {
            int sample = random.Next(samples.Length);
            byte[] changed = [.. packed[sample]];
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                changed[random.Next(3) == 0 ? random.Next(Math.Min(30, changed.Length)) : random.Next(changed.Length)] = (byte)random.Next(256);
            }

            int length = samples[sample].Length + (random.Next(4) == 0 ? random.Next(-90, 90) : 0);
            byte[] guarded = new byte[length + 64];
            guarded.AsSpan().Fill(0xA5);
            decoder.TryDecode(random.Next(5) == 0 ? changed.AsSpan(0, random.Next(changed.Length)) : changed, guarded.AsSpan(32, length));
            Assert.Equal(-1, guarded.AsSpan(0, 32).IndexOfAnyExcept((byte)0xA5));
            Assert.Equal(-1, guarded.AsSpan(32 + length).IndexOfAnyExcept((byte)0xA5));
        }
    }

    private static byte[] Make(Random random, int length)
    {
        byte[] bytes = new byte[length];
        for (int at = 0; at < length;)
        {
            int count = Math.Min(length - at, random.Next(1, random.Next(10) == 0 ? 40_000 : 90));
            Span<byte> part = bytes.AsSpan(at, count);
            switch (random.Next(5))
            {
                case 0:
                    random.NextBytes(part);
                    break;
                case 1:
                    part.Fill((byte)random.Next(4));
                    break;
                case 2 when at > 0:
                    int from = random.Next(at);
                    for (int index = 0; index < count; index++)
                    {
                        part[index] = bytes[from + index];
                    }

                    break;
                default:
                    for (int index = 0; index < count; index++)
                    {
                        part[index] = (byte)(random.Next(16) * random.Next(16));
                    }

                    break;
            }

            at += count;
        }

        return bytes;
    }

    private byte[] Pack(byte[] source)
    {
        byte[] target = new byte[source.Length + 64 + (source.Length / LzFormat.SegmentLength)];
        Assert.True(encoder.TryEncode(source, target, out int written));
        return target[..written];
    }
}
