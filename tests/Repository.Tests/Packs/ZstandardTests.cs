using Portability.Core.Compression;
using Portability.Core.Crypto;
using Portability.Repository.Packs;
using Portability.Tests;
using Xunit;

namespace Portability.Repository.Tests.Packs;

/// <summary>The machine's Zstandard and the managed one, against each other and against the `zstd` tool.</summary>
public sealed class ZstandardTests : IDisposable
{
    private static readonly ZstandardSettings Settings = new(Level: 1, MinimumMatch: 6);

    private readonly TemporaryFolder folder = new();
    private readonly SeededRandomSource random = new(811);

    public static TheoryData<bool> Both => [false, true];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Both))]
    public void The_tool_unpacks_what_was_packed(bool system)
    {
        IZstandard codec = Make(system);
        foreach (byte[] content in Contents())
        {
            byte[] target = new byte[content.Length + 1024];
            Assert.True(codec.TryPack(content, target, out int written));
            File.WriteAllBytes(folder.File("a.zst"), target[..written]);
            ForeignTool.Check("zstd", "-q", "-d", "-f", folder.File("a.zst"), "-o", folder.File("a"));
            Assert.True(File.ReadAllBytes(folder.File("a")).AsSpan().SequenceEqual(content));
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void What_the_tool_packed_is_unpacked(bool system)
    {
        IZstandard codec = Make(system);
        foreach (byte[] content in Contents())
        {
            File.WriteAllBytes(folder.File("b"), content);
            foreach (string level in (string[])["-1", "-19", "--fast=3"])
            {
                ForeignTool.Check("zstd", "-q", "-f", level, folder.File("b"), "-o", folder.File("b.zst"));
                byte[] target = new byte[content.Length];
                Assert.True(codec.TryUnpack(File.ReadAllBytes(folder.File("b.zst")), target));
                Assert.True(target.AsSpan().SequenceEqual(content));
            }
        }
    }

    [Fact]
    public void Each_unpacks_what_the_other_packed()
    {
        IZstandard[] codecs = [Make(system: false), Make(system: true)];
        foreach (byte[] content in Contents())
        {
            for (int packer = 0; packer < 2; packer++)
            {
                byte[] packed = new byte[content.Length + 1024];
                Assert.True(codecs[packer].TryPack(content, packed, out int written));
                byte[] target = new byte[content.Length];
                Assert.True(codecs[1 - packer].TryUnpack(packed.AsSpan(0, written), target));
                Assert.True(target.AsSpan().SequenceEqual(content));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Damaged_frames_and_wrong_lengths_are_told_and_leave_the_codec_sound(bool system)
    {
        IZstandard codec = Make(system);
        byte[] content = Contents().First();
        byte[] packed = new byte[content.Length];
        Assert.True(codec.TryPack(content, packed, out int written));
        packed = packed[..written];
        Assert.False(codec.TryUnpack(packed, new byte[content.Length - 1]));
        Assert.False(codec.TryUnpack(packed, new byte[content.Length + 1]));
        Assert.False(codec.TryUnpack(packed.AsSpan(0, written - 1), new byte[content.Length]));
        Assert.False(codec.TryUnpack([], new byte[content.Length]));
        Assert.False(codec.TryPack(random.NextBytes(4096), new byte[4096], out _));
        ParserFuzz.Run(812, packed, bytes => codec.TryUnpack(bytes, new byte[content.Length]), leastRefused: 0, inputs: 2000);
        byte[] target = new byte[content.Length];
        Assert.True(codec.TryUnpack(packed, target));
        Assert.True(target.AsSpan().SequenceEqual(content));
    }

    [Fact]
    public async Task Threads_share_one()
    {
        IZstandard codec = Make(system: true);
        byte[][] contents = [.. Contents()];
        await Parallel.ForAsync(0, 64, (i, _) =>
        {
            byte[] content = contents[i % contents.Length];
            byte[] packed = new byte[content.Length + 1024];
            Assert.True(codec.TryPack(content, packed, out int written));
            byte[] target = new byte[content.Length];
            Assert.True(codec.TryUnpack(packed.AsSpan(0, written), target));
            Assert.True(target.AsSpan().SequenceEqual(content));
            return ValueTask.CompletedTask;
        });
    }

    private static IZstandard Make(bool system)
    {
        if (!system)
        {
            return new ManagedZstandard(Settings);
        }

        var codec = SystemZstandard.TryCreate(Settings);
        Assert.SkipWhen(codec is null, "This machine has no libzstd.");
        return codec;
    }

    private IEnumerable<byte[]> Contents()
    {
        yield return [.. Enumerable.Range(0, 512 << 10).Select(i => (byte)((i / 61) ^ (i >> 13)))];
        yield return new byte[64 << 10];
        byte[] mixed = random.NextBytes(256 << 10);
        mixed.AsSpan(0, 96 << 10).CopyTo(mixed.AsSpan(100 << 10));
        yield return mixed;
        yield return random.NextBytes(1000);
    }
}
