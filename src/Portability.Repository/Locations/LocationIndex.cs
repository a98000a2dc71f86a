using Portability.Core.Crypto;
using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>
/// Which packs are said to hold a block: a cache of this machine, in files that are looked up on disk. It may be deleted at any time, may be
/// damaged and may lie: that loses deduplication, never data, since nobody relies on a hint before it was checked. Thread-safe; several
/// processes may use one folder.
/// </summary>
public sealed class LocationIndex : IDisposable
{
    /// <summary>Files of like size that are merged into one.</summary>
    public const int MergeCount = 8;

    private const string Extension = ".index", PendingPrefix = "pending-";
    private readonly Lock gate = new();
    private readonly string folder;
    private readonly Guid repository;
    private readonly BlockSet set;
    private readonly RandomSource random;
    private readonly IOperationObserver observer;
    private IndexFile[] files;
    private int warned;

    private LocationIndex(string folder, Guid repository, BlockSet set, RandomSource random, IOperationObserver observer)
    {
        this.folder = folder;
        this.repository = repository;
        this.set = set;
        this.random = random;
        this.observer = observer;
        files = [];
    }

    /// <summary>Opens the index of one set; a folder that is not there is made.</summary>
    /// <param name="folder">A folder for this repository alone.</param>
    /// <param name="repository">The repository's id.</param>
    /// <param name="set">Set of the blocks.</param>
    /// <param name="random">Where names of files come from.</param>
    /// <param name="observer">Told when the cache cannot be used.</param>
    public static LocationIndex Open(string folder, Guid repository, BlockSet set, RandomSource random, IOperationObserver observer)
    {
        var index = new LocationIndex(folder, repository, set, random, observer);
        index.Guard(() =>
        {
            Directory.CreateDirectory(folder);
            foreach (string path in Directory.EnumerateFiles(folder, index.Prefix + "*" + Extension))
            {
                index.OpenUnlessBusy(path);
            }

            foreach (string path in Directory.EnumerateFiles(folder, PendingPrefix + index.Prefix + "*"))
            {
                DeleteUnlessBusy(path);
            }
        });
        return index;
    }

    /// <summary>Entries of all files.</summary>
    public long Count => files.Sum(file => file.Header.EntryCount);

    /// <summary>Files that are looked into.</summary>
    public int FileCount => files.Length;

    private string ImportedPath => Path.Combine(folder, Prefix + "imported");

    private string Prefix => set == BlockSet.Boot ? "boot-" : "data-";

    /// <summary>Lists packs that are said to hold a block.</summary>
    /// <param name="id">The block.</param>
    public IEnumerable<PackHint> Find(BlockId id)
    {
        var key = IndexKey.Of(id);
        foreach (IndexFile file in files)
        {
            IEnumerator<PackHint> hints = file.Find(key).GetEnumerator();
            while (true)
            {
                PackHint? hint = null;
                if (!Guard(() => hint = hints.MoveNext() ? hints.Current : null) || hint is null)
                {
                    break;
                }

                yield return hint.Value;
            }
        }
    }

    /// <summary>Adds what a capture stored, after its commit.</summary>
    /// <param name="capacity">Entries at most.</param>
    /// <param name="entries">Keys in ascending order, each with the number of its pack.</param>
    /// <param name="packs">The packs.</param>
    internal void Add(long capacity, IEnumerable<(IndexKey Key, int Pack)> entries, IReadOnlyList<PackHint> packs) => Guard(() =>
    {
        string path = NewPath(string.Empty);
        if (IndexFileWriter.Write(path, repository, set, capacity, entries, packs))
        {
            OpenFile(path);
            Merge();
        }
    });

    /// <summary>Reads which packs of others were added.</summary>
    internal HashSet<ObjectId> ReadImported()
    {
        var packs = new HashSet<ObjectId>();
        Guard(() =>
        {
            if (files.Length > 0 && File.Exists(ImportedPath))
            {
                ReadOnlySpan<byte> bytes = File.ReadAllBytes(ImportedPath);
                for (; bytes.Length >= ObjectId.Size; bytes = bytes[ObjectId.Size..])
                {
                    packs.Add(ObjectId.Read(bytes));
                }
            }
        });
        return packs;
    }

    /// <summary>Notes that packs of others were added.</summary>
    internal void NoteImported(IEnumerable<ObjectId> packs) => Guard(() =>
    {
        using var file = new FileStream(ImportedPath, FileMode.Append, FileAccess.Write);
        byte[] id = new byte[ObjectId.Size];
        foreach (ObjectId pack in packs)
        {
            pack.Write(id);
            file.Write(id);
        }
    });

    /// <summary>Puts aside what a capture that is under way has stored; the caller discards the file.</summary>
    /// <param name="entries">Keys in ascending order, each with the number of its pack.</param>
    /// <param name="packs">The packs so far.</param>
    /// <returns>Null if the cache cannot be used.</returns>
    internal IndexFile? WritePending(IReadOnlyCollection<(IndexKey Key, int Pack)> entries, IReadOnlyList<PackHint> packs)
    {
        IndexFile? file = null;
        Guard(() =>
        {
            string path = NewPath(PendingPrefix);
            file = IndexFileWriter.Write(path, repository, set, entries.Count, entries, packs) ? IndexFile.TryOpen(path, repository, set) : null;
        });
        return file;
    }

    /// <summary>Deletes a file that was put aside.</summary>
    internal void DiscardPending(IndexFile file) => Guard(() => Discard(file));

    /// <summary>Merges entries that are each in order.</summary>
    internal static IEnumerable<(IndexKey Key, int Pack)> Merged(IEnumerable<(IndexKey Key, int Pack)>[] inputs)
    {
        var queue = new PriorityQueue<IEnumerator<(IndexKey Key, int Pack)>, IndexKey>(Comparer<IndexKey>.Create(static (left, right) => left.Order(right)));
        foreach (IEnumerator<(IndexKey Key, int Pack)> input in inputs.Select(input => input.GetEnumerator()))
        {
            if (input.MoveNext())
            {
                queue.Enqueue(input, input.Current.Key);
            }
        }

        (IndexKey Key, int Pack)? last = null;
        while (queue.TryDequeue(out IEnumerator<(IndexKey Key, int Pack)>? input, out _))
        {
            if (last != input.Current)
            {
                last = input.Current;
                yield return input.Current;
            }

            if (input.MoveNext())
            {
                queue.Enqueue(input, input.Current.Key);
            }
        }
    }

    /// <summary>Throws everything away.</summary>
    public void Clear() => Guard(() =>
    {
        File.Delete(ImportedPath);
        foreach (IndexFile file in Take(files))
        {
            Discard(file);
        }
    });

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (IndexFile file in Take(files))
        {
            file.Dispose();
        }
    }

    private static int Tier(IndexFile file) => (int)(Math.Log(file.Header.EntryCount) / Math.Log(MergeCount));

    private string NewPath(string start) => Path.Combine(folder, start + Prefix + Convert.ToHexStringLower(random.NextBytes(8)) + Extension);

    private void OpenFile(string path)
    {
        IndexFile? file = IndexFile.TryOpen(path, repository, set);
        if (file is null)
        {
            File.Delete(path);
            return;
        }

        lock (gate)
        {
            files = [.. files, file];
        }
    }

    private void OpenUnlessBusy(string path)
    {
        try
        {
            OpenFile(path);
        }
        catch (IOException exception)
        {
            observer.OnVerbose($"The local index file '{path}' is left out: {exception.Message}"); // another process writes it, or has merged it
        }
    }

    /// <summary>Takes files out of use; look-ups that are under way end by themselves.</summary>
    private IndexFile[] Take(IndexFile[] taken)
    {
        lock (gate)
        {
            files = [.. files.Except(taken)];
            return taken;
        }
    }

    private void Merge()
    {
        while (files.GroupBy(Tier).FirstOrDefault(tier => tier.Count() >= MergeCount) is { } tier)
        {
            IndexFile[] inputs = [.. tier];
            string path = NewPath(string.Empty);
            var packs = new List<PackHint>();
            var numbers = new Dictionary<PackHint, int>();
            IEnumerable<(IndexKey Key, int Pack)> merged = Merged([.. inputs.Select(file => Renumbered(file, packs, numbers))]);
            if (IndexFileWriter.Write(path, repository, set, inputs.Sum(file => file.Header.EntryCount), merged, packs))
            {
                OpenFile(path);
            }

            foreach (IndexFile file in Take(inputs))
            {
                Discard(file);
            }
        }
    }

    private static IEnumerable<(IndexKey Key, int Pack)> Renumbered(IndexFile file, List<PackHint> packs, Dictionary<PackHint, int> numbers)
    {
        var known = new Dictionary<int, int>();
        foreach ((IndexKey key, int pack) in file.All())
        {
            if (!known.TryGetValue(pack, out int number))
            {
                if (file.ReadPack(pack) is not { } hint)
                {
                    continue;
                }

                if (!numbers.TryGetValue(hint, out number))
                {
                    number = packs.Count;
                    numbers.Add(hint, number);
                    packs.Add(hint);
                }

                known.Add(pack, number);
            }

            yield return (key, number);
        }
    }

    private static void DeleteUnlessBusy(string path)
    {
        try
        {
            File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
            File.Delete(path);
        }
        catch (IOException)
        {
            return; // a capture that is under way holds it
        }
    }

    private static void Discard(IndexFile file)
    {
        file.Dispose();
        File.Delete(file.Path);
    }

    /// <summary>A cache that cannot be read or written is told of, and not used.</summary>
    private bool Guard(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            string message = $"The local index in '{folder}' cannot be used, so equal blocks may be stored again: {exception.Message}";
            if (Interlocked.Exchange(ref warned, 1) == 0)
            {
                observer.OnWarning(message);
            }
            else
            {
                observer.OnVerbose(message);
            }

            return false;
        }
    }
}
