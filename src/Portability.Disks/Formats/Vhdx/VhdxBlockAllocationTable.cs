using System.Buffers.Binary;
using System.Collections.Concurrent;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>
/// VHDX block allocation table, held in pages that are read when first needed: 64 TiB in blocks of 1 MiB have a table of 512 MiB.
/// Looking up an entry whose page is there takes no lock; all else goes one after the other.
/// </summary>
/// <remarks>[MS-VHDX] 2.5.</remarks>
/// <param name="file">The file; not owned.</param>
/// <param name="offset">Offset of the table in the file, in bytes.</param>
/// <param name="count">Number of entries; the table lies inside the file.</param>
internal sealed class VhdxBlockAllocationTable(IBlockDevice file, long offset, long count) : IDisposable
{
    /// <summary>Size of an entry in bytes.</summary>
    public const int EntrySize = 8;

    private const int PageEntries = 8192;
    private const int MaximumPages = 512; // 32 MiB, the table of 4 TiB in blocks of 1 MiB.

    private readonly ConcurrentDictionary<long, ulong[]> pages = new();
    private readonly HashSet<long> changed = [];
    private readonly SemaphoreSlim turn = new(1, 1);

    /// <summary>Gets an entry if its page is there.</summary>
    /// <param name="index">Index of the entry.</param>
    /// <param name="entry">The entry.</param>
    public bool TryGet(long index, out VhdxTableEntry entry)
    {
        bool found = pages.TryGetValue(index / PageEntries, out ulong[]? page);
        entry = found ? new VhdxTableEntry(Volatile.Read(ref page![index % PageEntries])) : default;
        return found;
    }

    /// <summary>Gets an entry if its page is there, remembering the page: for runs of entries.</summary>
    /// <param name="index">Index of the entry.</param>
    /// <param name="recent">The page of the last call; default before the first.</param>
    /// <param name="entry">The entry.</param>
    public bool TryGet(long index, ref (long Number, ulong[]? Entries) recent, out VhdxTableEntry entry)
    {
        long number = index / PageEntries;
        if (recent.Entries is null || recent.Number != number)
        {
            recent = (number, pages.GetValueOrDefault(number));
        }

        entry = recent.Entries is null ? default : new VhdxTableEntry(Volatile.Read(ref recent.Entries[index % PageEntries]));
        return recent.Entries is not null;
    }

    /// <summary>Gets an entry, reading its page if need be.</summary>
    /// <param name="index">Index of the entry.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask<VhdxTableEntry> GetAsync(long index, CancellationToken cancellationToken)
    {
        if (TryGet(index, out VhdxTableEntry entry))
        {
            return entry;
        }

        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ulong[] page = await LoadAsync(index / PageEntries, cancellationToken).ConfigureAwait(false);
            return new VhdxTableEntry(page[index % PageEntries]);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Sets an entry; it reaches the file with <see cref="WriteAsync"/>, or before.</summary>
    /// <param name="index">Index of the entry.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask SetAsync(long index, VhdxTableEntry entry, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ulong[] page = await LoadAsync(index / PageEntries, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref page[index % PageEntries], entry.Value);
            changed.Add(index / PageEntries);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Writes all changed pages.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask WriteAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await WriteChangedAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    private async ValueTask<ulong[]> LoadAsync(long number, CancellationToken cancellationToken)
    {
        if (pages.TryGetValue(number, out ulong[]? page))
        {
            return page;
        }

        if (pages.Count >= MaximumPages)
        {
            await WriteChangedAsync(cancellationToken).ConfigureAwait(false);
            pages.Clear();
        }

        page = new ulong[(int)Math.Min(PageEntries, count - (number * PageEntries))];
        byte[] bytes = new byte[page.Length * EntrySize];
        await file.ReadAsync(offset + (number * PageEntries * EntrySize), bytes, cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < page.Length; i++)
        {
            page[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i * EntrySize));
        }

        pages[number] = page;
        return page;
    }

    private async ValueTask WriteChangedAsync(CancellationToken cancellationToken)
    {
        foreach (long number in changed.Order())
        {
            ulong[] page = pages[number];
            byte[] bytes = new byte[page.Length * EntrySize];
            for (int i = 0; i < page.Length; i++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * EntrySize), page[i]);
            }

            await file.WriteAsync(offset + (number * PageEntries * EntrySize), bytes, cancellationToken).ConfigureAwait(false);
        }

        changed.Clear();
    }
}
