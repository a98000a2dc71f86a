using Portability.Core.Crypto;

namespace Portability.Repository.Backends;

/// <summary>A simulated file: what was written, and what was flushed of it.</summary>
internal sealed class VolatileFile(ulong number) : VolatileNode(number)
{
    private const int SectorSize = 512;
    private byte[] flushed = [];

    /// <summary>What a reader sees while there is power.</summary>
    public byte[] Content { get; private set; } = [];

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        long end = offset + source.Length;
        byte[] changed = new byte[Math.Max(end, Content.Length)];
        Content.CopyTo(changed, 0);
        source.CopyTo(changed.AsSpan((int)offset));
        Content = changed;
    }

    public void Flush() => flushed = Content;

    /// <summary>Keeps what was flushed; of the rest, sector by sector, the old, the new or zeros, and any length between.</summary>
    public override void LosePower(RandomSource random, int keptInHundred)
    {
        if (ReferenceEquals(Content, flushed))
        {
            return;
        }

        int shortest = Math.Min(flushed.Length, Content.Length);
        int length = shortest + random.NextInt32(Content.Length - shortest + 1);
        byte[] left = new byte[length];
        flushed.AsSpan(0, Math.Min(length, flushed.Length)).CopyTo(left);
        for (int at = 0; at < length; at += SectorSize)
        {
            if (random.NextInt32(100) < keptInHundred)
            {
                Content.AsSpan(at, Math.Min(SectorSize, length - at)).CopyTo(left.AsSpan(at));
            }
        }

        Content = left;
        flushed = left;
    }
}
