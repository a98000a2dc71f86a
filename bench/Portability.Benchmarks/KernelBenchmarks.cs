using BenchmarkDotNet.Attributes;
using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Objects;
using Portability.Repository.Packs;

namespace Portability.Benchmarks;

/// <summary>What a capture and a restore do with each frame: name its blocks, pack, seal, open, unpack. One operation is one frame of 256 KiB.</summary>
[MemoryDiagnoser]
public class KernelBenchmarks
{
    private const int BlockSize = 64 << 10, FrameLength = 4 * BlockSize;

    private readonly FrameCodec codec = new();
    private readonly byte[] blocks = SampleData.Text(FrameLength);
    private readonly byte[] noise = new byte[FrameLength];
    private readonly byte[] text = new byte[FrameLength + FrameCodec.HeaderSize];
    private readonly byte[] packed = new byte[FrameLength + FrameCodec.HeaderSize];
    private readonly byte[] unpacked = new byte[FrameLength];
    private readonly byte[] sealedText = new byte[FrameLength + AeadKey.TagSize];
    private readonly byte[] opened = new byte[FrameLength];
    private readonly byte[] nonce = new byte[AeadKey.NonceSize];
    private readonly byte[] id = new byte[ContentIdHasher.Size];
    private Keyring? keyring;
    private ContentIdHasher? hasher;
    private AeadKey? key;
    private int packedLength;

    [GlobalSetup]
    public void Setup()
    {
        new Random(2).NextBytes(noise);
        keyring = Keyring.Create(Guid.Empty, RandomSource.System);
        hasher = keyring.ContentIdKey(BlockSet.Boot, BlockSize);
        key = new AeadKey(new byte[AeadKey.KeySize]);
        packedLength = codec.Encode(blocks, BlockSize, packed);
        key.Seal(nonce, blocks, [], sealedText);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        key!.Dispose();
        hasher!.Dispose();
        keyring!.Dispose();
    }

    [Benchmark]
    public byte Hash()
    {
        for (int block = 0; block < FrameLength; block += BlockSize)
        {
            hasher!.Compute(blocks.AsSpan(block, BlockSize), id);
        }

        return id[0];
    }

    [Benchmark]
    public int Compress() => codec.Encode(blocks, BlockSize, text);

    [Benchmark]
    public int CompressNoise() => codec.Encode(noise, BlockSize, text);

    [Benchmark]
    public byte Unpack()
    {
        codec.Decode(packed.AsSpan(0, packedLength), BlockSize, unpacked, "benchmark", 0);
        return unpacked[^1];
    }

    // One nonce for the same text again and again: nothing of this is ever stored.
    [Benchmark]
    public byte Seal()
    {
        key!.Seal(nonce, blocks, [], sealedText);
        return sealedText[^1];
    }

    [Benchmark]
    public bool Open() => key!.TryOpen(nonce, sealedText, [], opened);
}
