using Portability.Core.Crypto;
using Portability.Core.Native;

namespace Portability.Repository.Backends;

/// <summary>
/// Objects on a local disk, each behind the SHA-256 of its bytes. Everything here may be lost, damaged or denied at any time: then an entry
/// is simply not there. Blocking, thread-safe, shared between processes.
/// </summary>
internal sealed class BlobCacheFolder
{
    private const string TemporarySuffix = ".new";
    private readonly IFileSystemCalls calls;
    private readonly BlobCacheOptions options;
    private readonly RandomSource random;
    private readonly string root;
    private long length = -1;

    /// <summary>Initialises a cache over a folder that is made when it is first needed.</summary>
    public BlobCacheFolder(string root, BlobCacheOptions options, IFileSystemCalls calls, RandomSource random)
    {
        this.root = root;
        this.options = options;
        this.calls = calls;
        this.random = random;
    }

    /// <summary>Reads an entry, or null. A damaged one is removed.</summary>
    public byte[]? Read(BlobName name)
    {
        try
        {
            using IOpenFile file = calls.OpenRead(PathOf(name));
            long stored = file.Stat().Length;
            if (stored >= ContentHash.Size && stored <= ContentHash.Size + options.MaximumObjectLength)
            {
                byte[] entry = new byte[stored];
                int count = file.Read(0, entry);
                if (count == entry.Length && ContentHash.AreSame(ContentHash.Sha256(entry.AsSpan(ContentHash.Size)), entry.AsSpan(0, ContentHash.Size)))
                {
                    return entry[ContentHash.Size..];
                }
            }
        }
        catch (FileCallException)
        {
            return null; // absent or unreadable is the same here: the store has the object
        }

        Remove(name);
        return null;
    }

    /// <summary>Keeps an object, if that is possible.</summary>
    public void Write(BlobName name, ReadOnlySpan<byte> content)
    {
        string path = PathOf(name);
        string temporary = $"{path}.{Convert.ToHexStringLower(random.NextBytes(8))}{TemporarySuffix}";
        try
        {
            MakeRoom(content.Length + ContentHash.Size);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (IOpenFile file = calls.Create(temporary))
            {
                file.Write(0, ContentHash.Sha256(content));
                file.Write(ContentHash.Size, content);
            }

            calls.RenameNoReplace(temporary, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Unlink(temporary); // a full or denied cache costs time, never the operation
        }
    }

    /// <summary>Removes an entry, if it is there.</summary>
    public void Remove(BlobName name) => Unlink(PathOf(name));

    private string PathOf(BlobName name) => Path.Join(root, name.Value.Replace('/', Path.DirectorySeparatorChar));

    private void Unlink(string path)
    {
        try
        {
            calls.Unlink(path);
        }
        catch (FileCallException)
        {
            // Gone already, or not ours to remove.
        }
    }

    /// <summary>Counts once, then keeps count; other processes' entries are counted by them and here at the next start.</summary>
    private void MakeRoom(long needed)
    {
        if (Interlocked.Read(ref length) < 0)
        {
            Interlocked.Exchange(ref length, Directory.Exists(root) ? Entries().Sum(file => file.Length) : 0);
        }

        if (Interlocked.Add(ref length, needed) <= options.MaximumLength)
        {
            return;
        }

        long left = 0;
        foreach (FileInfo file in Entries())
        {
            if (random.NextInt32(3) == 0 || file.Name.EndsWith(TemporarySuffix, StringComparison.Ordinal))
            {
                Unlink(file.FullName);
            }
            else
            {
                left += file.Length;
            }
        }

        Interlocked.Exchange(ref length, left + needed);
    }

    private IEnumerable<FileInfo> Entries() => new DirectoryInfo(root).EnumerateFiles("*", SearchOption.AllDirectories);
}
