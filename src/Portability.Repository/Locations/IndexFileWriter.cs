using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Portability.Core.Checksums;
using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>Writes a file of the local index from entries in order.</summary>
internal static class IndexFileWriter
{
    private const int FlushLength = 256 * IndexPage.Size;

    /// <summary>Writes a file under a name that is not taken.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="repository">The repository's id.</param>
    /// <param name="set">Set of the blocks.</param>
    /// <param name="capacity">Entries at most, for the filter.</param>
    /// <param name="entries">Keys in ascending order, each with the number of its pack.</param>
    /// <param name="packs">The pack table; read after all entries.</param>
    /// <returns>False if there was no entry: then no file is left.</returns>
    /// <exception cref="IOException">Writing failed; the file is not whole and counts as absent.</exception>
    public static bool Write(string path, Guid repository, BlockSet set, long capacity, IEnumerable<(IndexKey Key, int Pack)> entries, IReadOnlyList<PackHint> packs)
    {
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        var state = new State(handle, new byte[IndexFilter.Lines(capacity) * IndexFileHeader.FilterLineSize]);
        foreach ((IndexKey key, int pack) in entries)
        {
            state.Add(key, pack);
        }

        state.EndPage();
        state.Flush();
        if (state.EntryCount == 0 || packs.Count == 0)
        {
            handle.Dispose();
            File.Delete(path);
            return false;
        }

        RandomAccess.Write(handle, state.Filter, state.Position);
        byte[] fences = state.Fences();
        RandomAccess.Write(handle, fences, state.Position + state.Filter.Length);
        WritePacks(handle, state.Position + state.Filter.Length + fences.Length, packs);
        var header = new IndexFileHeader(
            repository, set, state.EntryCount, fences.Length / sizeof(ulong), state.Filter.Length / IndexFileHeader.FilterLineSize, packs.Count, Crc32C.Compute(fences));
        byte[] start = new byte[IndexFileHeader.Size];
        header.Write(start);
        RandomAccess.Write(handle, start, 0);
        return true;
    }

    private static void WritePacks(SafeFileHandle handle, long offset, IReadOnlyList<PackHint> packs)
    {
        const int Rows = 1024;
        byte[] bytes = new byte[Rows * PackHint.Size];
        for (int first = 0; first < packs.Count; first += Rows)
        {
            int count = Math.Min(Rows, packs.Count - first);
            for (int row = 0; row < count; row++)
            {
                packs[first + row].Write(bytes.AsSpan(row * PackHint.Size));
            }

            RandomAccess.Write(handle, bytes.AsSpan(0, count * PackHint.Size), offset + ((long)first * PackHint.Size));
        }
    }

    private sealed class State(SafeFileHandle handle, byte[] filter)
    {
        private readonly List<ulong> fences = [];
        private readonly byte[] buffer = new byte[FlushLength];
        private int buffered;
        private int inPage;

        public byte[] Filter { get; } = filter;

        public long EntryCount { get; private set; }

        /// <summary>Where the next bytes go: behind the header page at first.</summary>
        public long Position { get; private set; } = IndexPage.Size;

        public void Add(IndexKey key, int pack)
        {
            if (inPage == 0)
            {
                fences.Add(key.High);
            }

            IndexPage.Put(buffer.AsSpan(buffered, IndexPage.Size), inPage++, key, pack);
            EntryCount++;
            if (Filter.Length > 0)
            {
                int line = IndexFilter.Line(key, Filter.Length / IndexFileHeader.FilterLineSize);
                IndexFilter.Add(Filter.AsSpan(line * IndexFileHeader.FilterLineSize, IndexFileHeader.FilterLineSize), key);
            }

            if (inPage == IndexPage.Capacity)
            {
                EndPage();
            }
        }

        public void EndPage()
        {
            if (inPage > 0)
            {
                IndexPage.Seal(buffer.AsSpan(buffered, IndexPage.Size), inPage);
                buffered += IndexPage.Size;
                inPage = 0;
                if (buffered == buffer.Length)
                {
                    Flush();
                }
            }
        }

        public void Flush()
        {
            RandomAccess.Write(handle, buffer.AsSpan(0, buffered), Position);
            Position += buffered;
            buffered = 0;
        }

        public byte[] Fences()
        {
            byte[] bytes = new byte[fences.Count * sizeof(ulong)];
            for (int page = 0; page < fences.Count; page++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(page * sizeof(ulong)), fences[page]);
            }

            return bytes;
        }
    }
}
