using Portability.Core.Crypto;
using Portability.Core.Native;

namespace Portability.Repository.Backends;

/// <summary>
/// A file system in memory that keeps over a power cut only what was flushed: bytes by a flush of their file, names by a flush of their
/// folder. The real directory store runs over it, so that its flushes are proven. As harsh as POSIX allows: what was not flushed is lost,
/// kept or torn, each change by itself.
/// </summary>
public sealed class VolatileFileSystem : IFileSystemCalls
{
    /// <summary>Where the store lies.</summary>
    internal const string Root = "/store";

    private readonly Lock gate = new();
    private readonly VolatileFolder top = new(1);
    private ulong lastNumber = 2;
    private long callsLeft = long.MaxValue;
    private int starts;

    private readonly string location;

    /// <summary>Initialises an empty file system.</summary>
    /// <param name="location">Where stores over it say that they lie.</param>
    public VolatileFileSystem(string location = "volatile")
    {
        this.location = location;
        top.Add("store", new VolatileFolder(2));
        top.Flush();
    }

    /// <summary>Calls made since the start.</summary>
    public long Calls { get; private set; }

    /// <summary>Opens a directory store over it, which runs on the caller's thread; each call is like another process.</summary>
    /// <param name="random">Names of temporary files.</param>
    public IBlobStore OpenStore(RandomSource random) => OpenStore(random, this, location);

    /// <summary>The same over a layer that stands before this one.</summary>
    internal static IBlobStore OpenStore(RandomSource random, IFileSystemCalls calls, string location = "volatile") =>
        new DirectoryBlobStore(location, new DirectoryFiles(Root, StoreMedium.Local, calls, random), inline: true);

    /// <summary>Cuts the power at a later call: that call and all after it throw <see cref="PowerCutException"/>.</summary>
    /// <param name="calls">Calls that still work.</param>
    public void CutAfter(long calls)
    {
        lock (gate)
        {
            callsLeft = calls;
        }
    }

    /// <summary>Cuts the power, if it is on, and restarts with what was kept. Files opened before are dead.</summary>
    /// <param name="random">Decides what of the unflushed is lost.</param>
    /// <param name="keptInHundred">How much of it survives by luck, 0 to 100.</param>
    public void Restart(RandomSource random, int keptInHundred)
    {
        lock (gate)
        {
            top.LosePower(random, keptInHundred);
            callsLeft = long.MaxValue;
            starts++;
        }
    }

    /// <inheritdoc/>
    public IOpenFile OpenRead(string path) => Do("open", path, () => new VolatileOpenFile(this, FindFile("open", path), path, starts));

    /// <inheritdoc/>
    public IOpenFile OpenWrite(string path) => OpenRead(path);

    /// <inheritdoc/>
    public IOpenFile Create(string path) => Do("open", path, () =>
    {
        var file = new VolatileFile(++lastNumber);
        AddName("open", path, file);
        return new VolatileOpenFile(this, file, path, starts);
    });

    /// <inheritdoc/>
    public void Link(string path, string added) => Do("link", added, () =>
    {
        AddName("link", added, FindFile("link", path));
        return true;
    });

    /// <inheritdoc/>
    public void RenameNoReplace(string path, string renamed) => Do("rename", renamed, () =>
    {
        AddName("rename", renamed, FindFile("rename", path));
        FindParent("rename", path).Remove(NameOf(path));
        return true;
    });

    /// <inheritdoc/>
    public void Unlink(string path) => Do("unlink", path, () =>
    {
        FindFile("unlink", path);
        FindParent("unlink", path).Remove(NameOf(path));
        return true;
    });

    /// <inheritdoc/>
    public void CreateFolder(string path) => Do("mkdir", path, () =>
    {
        AddName("mkdir", path, new VolatileFolder(++lastNumber));
        return true;
    });

    /// <inheritdoc/>
    public void RemoveFolder(string path) => Do("rmdir", path, () =>
    {
        if (FindFolder("rmdir", path).Names.Count > 0)
        {
            throw new FileCallException(FileCallError.NotEmpty, "rmdir", path, 0);
        }

        FindParent("rmdir", path).Remove(NameOf(path));
        return true;
    });

    /// <inheritdoc/>
    public FileIdentity? FlushFolder(string path) => Do("fsync", path, () =>
    {
        VolatileFolder folder = FindFolder("fsync", path);
        folder.Flush();
        return (FileIdentity?)new FileIdentity(1, folder.Number, (long)folder.Number);
    });

    /// <inheritdoc/>
    public FileStatus? Stat(string path) => Do("stat", path, () => Find(path) is { } node ? StatusOf(node) : (FileStatus?)null);

    /// <inheritdoc/>
    public IReadOnlyList<FolderEntry> List(string path) => Do<IReadOnlyList<FolderEntry>>("list", path, () =>
        [.. FindFolder("list", path).Names.Select(name => new FolderEntry(name.Key, StatusOf(name.Value).Kind, StatusOf(name.Value).Length))]);

    /// <summary>What a file holds, seen from outside the simulated machine, or null.</summary>
    internal byte[]? Peek(string path)
    {
        lock (gate)
        {
            return (Find(path) as VolatileFile)?.Content;
        }
    }

    /// <summary>What the file system says about a node.</summary>
    internal static FileStatus StatusOf(VolatileNode node) => new(
        node is VolatileFile ? FileKind.File : FileKind.Folder, node is VolatileFile file ? file.Content.Length : 0, new FileIdentity(1, node.Number, (long)node.Number));

    /// <summary>Makes one call, unless the power is cut.</summary>
    /// <param name="call">The call's name.</param>
    /// <param name="path">The path it is made for.</param>
    /// <param name="body">What it does.</param>
    /// <param name="start">The start since which a file is open, or -1.</param>
    internal T Do<T>(string call, string path, Func<T> body, int start = -1)
    {
        lock (gate)
        {
            if (callsLeft <= 0 || (start >= 0 && start != starts))
            {
                throw new PowerCutException();
            }

            callsLeft--;
            Calls++;
            return body();
        }
    }

    private static string NameOf(string path) => path[(LastSeparator(path) + 1)..];

    /// <summary>Callers join paths as their platform does.</summary>
    private static int LastSeparator(string path) => path.AsSpan().LastIndexOfAny('/', '\\');

    private VolatileNode? Find(string path)
    {
        VolatileNode? node = top;
        foreach (string name in path.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries))
        {
            node = node is VolatileFolder folder && folder.Names.TryGetValue(name, out VolatileNode? found) ? found : null;
        }

        return node;
    }

    private VolatileFile FindFile(string call, string path) => Find(path) as VolatileFile ?? throw new FileCallException(FileCallError.NotFound, call, path, 0);

    private VolatileFolder FindFolder(string call, string path) => Find(path) as VolatileFolder ?? throw new FileCallException(FileCallError.NotFound, call, path, 0);

    private VolatileFolder FindParent(string call, string path) => FindFolder(call, path[..LastSeparator(path)]);

    private void AddName(string call, string path, VolatileNode node)
    {
        VolatileFolder parent = FindParent(call, path);
        if (parent.Names.ContainsKey(NameOf(path)))
        {
            throw new FileCallException(FileCallError.Exists, call, path, 0);
        }

        parent.Add(NameOf(path), node);
    }
}
