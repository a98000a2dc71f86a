using System.Runtime.CompilerServices;
using Portability.FileSystems;
using Portability.FileSystems.Tree;
using Portability.FileSystems.Volumes;

namespace Portability.Engine.Files;

/// <summary>Finds files of a tree by patterns, and what lies below a directory. Links are not followed on the way down; a directory that holds itself is entered once.</summary>
internal sealed class FileSearch
{
    private const int MaximumDepth = 256;

    private readonly GuestTree tree;
    private readonly IOperationObserver observer;

    /// <summary>Initialises a search.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="observer">Hears of directories that cannot be read.</param>
    public FileSearch(GuestTree tree, IOperationObserver observer)
    {
        this.tree = tree;
        this.observer = observer;
    }

    /// <summary>Finds the files that a pattern names.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="atAnyDepth">True if its last name may match at any depth below the ones before.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">A volume is damaged.</exception>
    public async IAsyncEnumerable<TreeNode> MatchAsync(PathPattern pattern, bool atAnyDepth, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool isPlain = pattern.Rest.Count == 0;
        TreeNode? start = await tree.TryResolveAsync(pattern.Base, cancellationToken, followLast: !isPlain).ConfigureAwait(false);
        if (start is null)
        {
            yield break;
        }

        if (isPlain)
        {
            yield return start;
            yield break;
        }

        await foreach (TreeNode found in MatchAsync(start, pattern.Rest, 0, atAnyDepth, cancellationToken).ConfigureAwait(false))
        {
            yield return found;
        }
    }

    /// <summary>Lists what a directory holds; with depth all that lies below it, each directory before what is in it.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="isDeep">True for all below.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public IAsyncEnumerable<TreeNode> BelowAsync(TreeNode directory, bool isDeep, CancellationToken cancellationToken) =>
        BelowAsync(directory, isDeep ? MaximumDepth : 0, [(directory.Volume, directory.Node.Id)], cancellationToken);

    private async IAsyncEnumerable<TreeNode> MatchAsync(
        TreeNode directory, IReadOnlyList<string> names, int next, bool atAnyDepth, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool isLast = next == names.Count - 1;
        await foreach (TreeNode node in BelowAsync(directory, isLast && atAnyDepth, cancellationToken).ConfigureAwait(false))
        {
            if (!PathPattern.Matches(names[next], node.Name, node.FileSystem.Capabilities))
            {
                continue;
            }

            if (isLast)
            {
                yield return node;
            }
            else if (await FollowAsync(node, cancellationToken).ConfigureAwait(false) is { } inner)
            {
                await foreach (TreeNode found in MatchAsync(inner, names, next + 1, atAnyDepth, cancellationToken).ConfigureAwait(false))
                {
                    yield return found;
                }
            }
        }
    }

    private async ValueTask<TreeNode?> FollowAsync(TreeNode node, CancellationToken cancellationToken)
    {
        TreeNode? target = node.Node.Kind == NodeKind.SymbolicLink ? await tree.TryResolveAsync(node.Path, cancellationToken).ConfigureAwait(false) : node;
        return target?.Node.Kind == NodeKind.Directory ? target : null;
    }

    private async IAsyncEnumerable<TreeNode> BelowAsync(
        TreeNode directory, int depth, List<(FoundVolume Volume, FileId Id)> way, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IAsyncEnumerator<TreeNode> nodes = tree.ListAsync(directory, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (nodes.ConfigureAwait(false))
        {
            while (await TryMoveNextAsync(nodes, directory).ConfigureAwait(false))
            {
                TreeNode node = nodes.Current;
                yield return node;
                (FoundVolume Volume, FileId Id) place = (node.Volume, node.Node.Id);
                if (node.Node.Kind != NodeKind.Directory || depth == 0 || way.Contains(place))
                {
                    continue;
                }

                way.Add(place);
                await foreach (TreeNode inner in BelowAsync(node, depth - 1, way, cancellationToken).ConfigureAwait(false))
                {
                    yield return inner;
                }

                way.RemoveAt(way.Count - 1);
            }
        }
    }

    // What is damaged in one directory does not hide the others.
    private async ValueTask<bool> TryMoveNextAsync(IAsyncEnumerator<TreeNode> nodes, TreeNode directory)
    {
        try
        {
            return await nodes.MoveNextAsync().ConfigureAwait(false);
        }
        catch (PortabilityException exception)
        {
            observer.OnWarning($"'{directory.Path}' cannot be listed to its end: {exception.Message}");
            return false;
        }
    }
}
