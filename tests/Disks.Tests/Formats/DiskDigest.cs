using System.Buffers.Binary;
using System.Security.Cryptography;
using Portability.Disks.Blocks;

namespace Portability.Disks.Tests.Formats;

/// <summary>The digest of a disk that the test data's `expected.json` states: over the chunks of 64 KiB that are not all zeros.</summary>
internal static class DiskDigest
{
    public const int ChunkSize = 65536;

    public static async Task<(int Chunks, string Sha256)> ComputeAsync(IBlockDevice device)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[ChunkSize];
        byte[] place = new byte[sizeof(long)];
        int chunks = 0;
        long next = 0;
        await foreach (BlockExtent extent in device.QueryExtentsAsync(0, device.Length, CancellationToken.None))
        {
            if (extent.IsZero)
            {
                continue;
            }

            for (long index = Math.Max(next, extent.Offset / ChunkSize); index * ChunkSize < extent.End; index++)
            {
                next = index + 1;
                Memory<byte> chunk = buffer.AsMemory(0, (int)Math.Min(ChunkSize, device.Length - (index * ChunkSize)));
                await device.ReadAsync(index * ChunkSize, chunk, CancellationToken.None);
                if (chunk.Span.ContainsAnyExcept((byte)0))
                {
                    chunks++;
                    BinaryPrimitives.WriteInt64LittleEndian(place, index * ChunkSize);
                    hash.AppendData(place);
                    hash.AppendData(chunk.Span);
                }
            }
        }

        return (chunks, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
