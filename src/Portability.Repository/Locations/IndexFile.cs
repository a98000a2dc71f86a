using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Portability.Core.Checksums;
using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>A file of the local index, opened for look-ups: first keys in memory, all else read when needed. Thread-safe.</summary>
internal sealed class IndexFile : IDisposable
{
    private readonly SafeFileHandle handle;
    private readonly ulong[] fences;

    private IndexFile(string path, SafeFileHandle handle, IndexFileHeader header, ulong[] fences)
    {
        Path = path;
        this.handle = handle;
        Header = header;
        this.fences = fences;
    }

    public string Path { get; }

    public IndexFileHeader Header { get; }

    /// <summary>True once a page was found damaged: the file answers nothing any more.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Opens a file.</summary>
    /// <returns>Null if it is not whole or not of this repository and set.</returns>
    /// <exception cref="IOException">Reading failed.</exception>
    public static IndexFile? TryOpen(string path, Guid repository, BlockSet set)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            Span<byte> start = stackalloc byte[IndexFileHeader.Size];
            if (RandomAccess.Read(handle, start, 0) == start.Length
                && IndexFileHeader.Read(start) is { } header
                && header.Repository == repository
                && header.Set == set
                && header.FileLength == RandomAccess.GetLength(handle)
                && ReadFences(handle, header) is { } fences)
            {
                var file = new IndexFile(path, handle, header, fences);
                handle = null!;
                return file;
            }

            return null;
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <summary>Lists packs that are said to hold a block.</summary>
    public IEnumerable<PackHint> Find(IndexKey key)
    {
        if (IsDamaged || !MayHold(key))
        {
            yield break;
        }

        byte[] page = System.Buffers.ArrayPool<byte>.Shared.Rent(IndexPage.Size);
        try
        {
            for (int number = FirstPage(key.High); number < fences.Length && fences[number] <= key.High; number++)
            {
                int count = ReadPage(number, page.AsSpan(0, IndexPage.Size));
                for (int index = IndexPage.Find(page, count, key); index < count && IndexPage.Key(page, index) == key; index++)
                {
                    if (ReadPack(IndexPage.Pack(page, index)) is { } hint)
                    {
                        yield return hint;
                    }
                }
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(page);
        }
    }

    /// <summary>Lists all entries in order; ends early where a page is damaged.</summary>
    public IEnumerable<(IndexKey Key, int Pack)> All()
    {
        byte[] page = new byte[IndexPage.Size];
        for (int number = 0; number < fences.Length; number++)
        {
            int count = ReadPage(number, page);
            for (int index = 0; index < count; index++)
            {
                yield return (IndexPage.Key(page, index), IndexPage.Pack(page, index));
            }
        }
    }

    /// <summary>Reads a row of the pack table.</summary>
    public PackHint? ReadPack(int number)
    {
        Span<byte> row = stackalloc byte[PackHint.Size];
        return number >= 0
            && number < Header.PackCount
            && RandomAccess.Read(handle, row, Header.PackOffset + ((long)number * PackHint.Size)) == row.Length
                ? PackHint.Read(row)
                : null;
    }

    public void Dispose() => handle.Dispose();

    private static ulong[]? ReadFences(SafeFileHandle handle, IndexFileHeader header)
    {
        byte[] bytes = new byte[checked(header.PageCount * sizeof(ulong))];
        if (RandomAccess.Read(handle, bytes, header.FenceOffset) != bytes.Length || Crc32C.Compute(bytes) != header.FenceChecksum)
        {
            return null;
        }

        ulong[] fences = new ulong[header.PageCount];
        for (int page = 0; page < fences.Length; page++)
        {
            fences[page] = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(page * sizeof(ulong)));
        }

        return fences;
    }

    private bool MayHold(IndexKey key)
    {
        Span<byte> line = stackalloc byte[IndexFileHeader.FilterLineSize];
        return Header.FilterLines == 0
            || (RandomAccess.Read(handle, line, Header.FilterOffset + ((long)IndexFilter.Line(key, Header.FilterLines) * line.Length)) == line.Length
                && IndexFilter.MayHold(line, key));
    }

    /// <summary>The last page that begins before a key: equal keys may go over a page's end.</summary>
    private int FirstPage(ulong high)
    {
        int at = Array.BinarySearch(fences, high);
        at = at < 0 ? ~at : at;
        while (at > 0 && at < fences.Length && fences[at - 1] == high)
        {
            at--;
        }

        return Math.Max(0, at - 1);
    }

    private int ReadPage(int number, Span<byte> page)
    {
        int count = RandomAccess.Read(handle, page, IndexPage.Size * (1L + number)) == page.Length ? IndexPage.Check(page) : -1;
        IsDamaged |= count < 0;
        return Math.Max(0, count);
    }
}
