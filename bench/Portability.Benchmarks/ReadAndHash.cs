using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Portability.Core.Native;

namespace Portability.Benchmarks;

/// <summary>
/// The floor under a capture that reads everything: all cores read a file in long pieces and make HMAC-SHA-256 of each block of 64 KiB that is
/// not all zeros. Holes of the file are skipped, as a capture skips them.
/// </summary>
internal static class ReadAndHash
{
    private const int PieceLength = 1 << 20, BlockLength = 64 << 10;

    /// <summary>Reads and hashes once, after one piece a thread to warm up.</summary>
    /// <param name="path">A raw image.</param>
    public static TimeSpan Run(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        List<(long Offset, int Length)> pieces = Pieces(file);
        Hash(file, pieces[..Math.Min(pieces.Count, Environment.ProcessorCount)]);
        long start = Stopwatch.GetTimestamp();
        Hash(file, pieces);
        return Stopwatch.GetElapsedTime(start);
    }

    private static List<(long Offset, int Length)> Pieces(SafeFileHandle file)
    {
        var pieces = new List<(long Offset, int Length)>();
        long end = RandomAccess.GetLength(file);
        for (long at = 0; NativeStorage.Current.TryFindData(file, at, end, out (long Start, long End) run); at = run.End)
        {
            for (long piece = run.Start / BlockLength * BlockLength; piece < run.End; piece += PieceLength)
            {
                pieces.Add((piece, (int)Math.Min(PieceLength, end - piece)));
            }
        }

        return pieces;
    }

    private static void Hash(SafeFileHandle file, List<(long Offset, int Length)> pieces)
    {
        int next = -1;
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        void Work()
        {
            byte[] buffer = new byte[PieceLength];
            byte[] key = new byte[HMACSHA256.HashSizeInBytes];
            Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
            for (int index = Interlocked.Increment(ref next); index < pieces.Count; index = Interlocked.Increment(ref next))
            {
                (long offset, int length) = pieces[index];
                RandomAccess.Read(file, buffer.AsSpan(0, length), offset);
                for (int block = 0; block < length; block += BlockLength)
                {
                    ReadOnlySpan<byte> bytes = buffer.AsSpan(block, Math.Min(BlockLength, length - block));
                    if (bytes.ContainsAnyExcept((byte)0))
                    {
                        HMACSHA256.HashData(key, bytes, hash);
                    }
                }
            }
        }
    }
}
