using System.Runtime.CompilerServices;
using System.Text;
using Portability.FileSystems.Volumes;

namespace Portability.FileSystems.Tree;

/// <summary>
/// The volumes of a machine joined where it mounts them. Links are resolved inside it only, and to a limited depth; `..` of the root is the root.
/// Thread-safe; the volumes stay the caller's.
/// </summary>
public sealed class GuestTree
{
    private const int MaximumLinks = 40; // as Linux, SYMLOOP_MAX
    private const int MaximumDepth = 256;
    private const int MaximumTableSize = 1 << 20;
    private static readonly string[] RootSigns = ["etc/fstab", "etc/os-release", "etc/passwd"];

    private readonly Dictionary<string, FoundVolume> mounts;

    private GuestTree(Dictionary<string, FoundVolume> mounts, bool isMachine)
    {
        this.mounts = mounts;
        IsMachine = isMachine;
    }

    /// <summary>True if it is that of a machine; false for a volume's own.</summary>
    public bool IsMachine { get; }

    /// <summary>Where each volume is mounted, by path; `/` is always there.</summary>
    public IReadOnlyDictionary<string, FoundVolume> Mounts => mounts;

    /// <summary>The tree of one volume alone.</summary>
    /// <param name="volume">The volume.</param>
    public static GuestTree Of(FoundVolume volume) => new(new Dictionary<string, FoundVolume>(StringComparer.Ordinal) { ["/"] = volume }, isMachine: false);

    /// <summary>Finds the root of a system among volumes and joins the others to it.</summary>
    /// <param name="volumes">Volumes of one machine.</param>
    /// <param name="onDamage">Told of volumes that could not be opened.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Null if no volume holds the root of a system.</returns>
    public static async Task<GuestTree?> FindAsync(IReadOnlyList<FoundVolume> volumes, Action<PortabilityException> onDamage, CancellationToken cancellationToken)
    {
        foreach (FoundVolume volume in volumes.Where(volume => volume.IsReadable))
        {
            try
            {
                GuestTree alone = Of(volume);
                foreach (string sign in RootSigns)
                {
                    if (await alone.TryResolveAsync("/" + sign, cancellationToken).ConfigureAwait(false) is { Node.Kind: NodeKind.File })
                    {
                        return await JoinAsync(alone, volumes, cancellationToken).ConfigureAwait(false);
                    }
                }
            }
            catch (PortabilityException exception)
            {
                onDamage(exception);
            }
        }

        return null;
    }

    /// <summary>Finds a node.</summary>
    /// <param name="path">Path from the root; `/` parts its names.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <param name="followLast">True to resolve the node itself if it is a link.</param>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="StorageException">`TooManyLinks`.</exception>
    /// <exception cref="PortabilityException">A volume on the way is damaged.</exception>
    public async Task<TreeNode?> TryResolveAsync(string path, CancellationToken cancellationToken, bool followLast = true)
    {
        var names = new Stack<string>(Split(path).Reverse());
        var way = new Stack<TreeNode>();
        way.Push(await RootAsync(cancellationToken).ConfigureAwait(false));
        int links = 0;
        while (names.TryPop(out string? name))
        {
            TreeNode here = way.Peek();
            if (name is "..")
            {
                if (way.Count > 1)
                {
                    way.Pop();
                }

                continue;
            }

            if (here.Node.Kind != NodeKind.Directory || way.Count > MaximumDepth)
            {
                return null;
            }

            if (await ChildAsync(here, name, cancellationToken).ConfigureAwait(false) is not { } child)
            {
                return null;
            }

            if (child.Node.Kind != NodeKind.SymbolicLink || (names.Count == 0 && !followLast))
            {
                way.Push(child);
                continue;
            }

            if (++links > MaximumLinks)
            {
                throw TooManyLinks(path, child.FileSystem.Information.Type);
            }

            string target = LinkText(await child.FileSystem.ReadLinkAsync(child.Node.Id, cancellationToken).ConfigureAwait(false));
            if (target.StartsWith('/'))
            {
                while (way.Count > 1)
                {
                    way.Pop();
                }
            }

            foreach (string part in Split(target).Reverse())
            {
                names.Push(part);
            }
        }

        return way.Peek();
    }

    /// <summary>Lists what a directory holds, mounted volumes in the place of the directories they are mounted on.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">It is damaged, or no directory.</exception>
    public async IAsyncEnumerable<TreeNode> ListAsync(TreeNode directory, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (DirectoryEntry entry in directory.FileSystem.ListAsync(directory.Node.Id, cancellationToken).ConfigureAwait(false))
        {
            string path = Join(directory.Path, NameText(entry.Name));
            yield return mounts.TryGetValue(path, out FoundVolume? mounted)
                ? await MountedAsync(path, mounted, cancellationToken).ConfigureAwait(false)
                : directory with { Path = path, Node = await directory.FileSystem.GetNodeAsync(entry.Id, cancellationToken).ConfigureAwait(false) };
        }
    }

    /// <summary>The root.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">Its volume is damaged.</exception>
    public Task<TreeNode> RootAsync(CancellationToken cancellationToken) => MountedAsync("/", mounts["/"], cancellationToken);

    /// <summary>Path of a name in a directory.</summary>
    /// <param name="directory">Path of the directory.</param>
    /// <param name="name">The name.</param>
    public static string Join(string directory, string name) => directory is "/" ? "/" + name : directory + "/" + name;

    /// <summary>Target of a link as a path.</summary>
    /// <param name="target">The target as stored.</param>
    public static string LinkText(NodeName target) => target.ToString().Replace('\uDC2F', '/'); // in a target a slash parts names

    // Only damage or an attacker puts a slash into a name; in a path it must not part names.
    private static string NameText(NodeName name) => name.ToString().Replace('/', '\uDC2F');

    private static IEnumerable<string> Split(string path) => path.Split('/').Where(name => name.Length > 0 && name is not ".");

    private static async Task<TreeNode> MountedAsync(string path, FoundVolume volume, CancellationToken cancellationToken)
    {
        IFileSystem system = await volume.OpenAsync(cancellationToken).ConfigureAwait(false);
        return new TreeNode(path, volume, system, await system.GetNodeAsync(system.Root, cancellationToken).ConfigureAwait(false));
    }

    private async Task<TreeNode?> ChildAsync(TreeNode directory, string name, CancellationToken cancellationToken)
    {
        NodeName wanted = NodeName.FromText(name, directory.FileSystem.NameUnit);
        if (await directory.FileSystem.FindAsync(directory.Node.Id, wanted, cancellationToken).ConfigureAwait(false) is not { } entry)
        {
            return null;
        }

        string path = Join(directory.Path, NameText(entry.Name));
        return mounts.TryGetValue(path, out FoundVolume? mounted)
            ? await MountedAsync(path, mounted, cancellationToken).ConfigureAwait(false)
            : directory with { Path = path, Node = await directory.FileSystem.GetNodeAsync(entry.Id, cancellationToken).ConfigureAwait(false) };
    }

    private static async Task<GuestTree> JoinAsync(GuestTree root, IReadOnlyList<FoundVolume> volumes, CancellationToken cancellationToken)
    {
        TreeNode? table = await root.TryResolveAsync("/etc/fstab", cancellationToken).ConfigureAwait(false);
        if (table is not { Node: { Kind: NodeKind.File, Length: <= MaximumTableSize } })
        {
            return new GuestTree(root.mounts, isMachine: true);
        }

        byte[] text = new byte[table.Node.Length];
        await table.FileSystem.ReadAsync(table.Node.Id, default, 0, text, cancellationToken).ConfigureAwait(false);
        var joined = new Dictionary<string, FoundVolume>(root.mounts, StringComparer.Ordinal);
        foreach (MountEntry entry in MountEntry.ReadAll(Encoding.UTF8.GetString(text)).Where(entry => entry.MountPoint.StartsWith('/') && entry.MountPoint is not "/"))
        {
            if (await MountDevice.FindAsync(entry.Device, volumes, cancellationToken).ConfigureAwait(false) is { IsReadable: true } volume && volume != root.mounts["/"])
            {
                joined[entry.MountPoint] = volume;
            }
        }

        return new GuestTree(joined, isMachine: true);
    }

    private static StorageException TooManyLinks(string path, string type) => new(
        "TooManyLinks",
        ErrorKind.InvalidInput,
        $"Failed to find '{path}' in the {type} volume: more than {MaximumLinks} links lead on from each other.",
        "Name the file itself, not a link to it.",
        path);
}
