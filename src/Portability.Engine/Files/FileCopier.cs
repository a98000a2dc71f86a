using System.Buffers;
using System.Runtime.CompilerServices;
using Portability.Engine.Operations;
using Portability.FileSystems;
using Portability.FileSystems.Tree;

namespace Portability.Engine.Files;

/// <summary>
/// Copies files of a guest to this system: content, holes and the time of the last change. A file has its name only once it is whole. Links, devices
/// and the like below a directory are left out and told; nothing is written but below the destination.
/// </summary>
internal sealed class FileCopier
{
    private const int BufferSize = 1 << 20;
    private const int CopiesAtOnce = 4;

    private readonly FileSearch search;
    private readonly GuestTree tree;
    private readonly FileCopyOptions options;
    private readonly IOperationObserver observer;
    private readonly ProgressMeter meter;
    private readonly Func<WorkloadFileCopy, CancellationToken, ValueTask> onCopied;

    /// <summary>Initialises a copier.</summary>
    /// <param name="tree">Where from.</param>
    /// <param name="options">Where to.</param>
    /// <param name="observer">Hears what is left out.</param>
    /// <param name="meter">Counts bytes.</param>
    /// <param name="onCopied">Told of each file that has its name.</param>
    public FileCopier(
        GuestTree tree, FileCopyOptions options, IOperationObserver observer, ProgressMeter meter, Func<WorkloadFileCopy, CancellationToken, ValueTask> onCopied)
    {
        this.onCopied = onCopied;
        this.tree = tree;
        this.options = options;
        this.observer = observer;
        this.meter = meter;
        search = new FileSearch(tree, observer);
    }

    /// <summary>Copies a file, or a directory with all below it.</summary>
    /// <param name="node">What.</param>
    /// <param name="isOneOfMany">True if the destination is a folder whether or not it exists.</param>
    /// <param name="cancellationToken">Cancels the call; the file under way has no name then.</param>
    /// <exception cref="StorageException">`FileExists`, `DirectoryNotCopied`, or it cannot be written.</exception>
    /// <exception cref="PortabilityException">The volume is damaged, or the file's form is not handled.</exception>
    public async Task CopyAsync(TreeNode node, bool isOneOfMany, CancellationToken cancellationToken)
    {
        string name = node.Name.Length == 0 ? string.Empty : LocalName.Of(node.Name);
        string target = isOneOfMany || Directory.Exists(options.Destination) ? Path.Join(options.Destination, name) : options.Destination;
        TreeNode content = node.Node.Kind != NodeKind.SymbolicLink
            ? node
            : await tree.TryResolveAsync(node.Path, cancellationToken).ConfigureAwait(false) ?? throw DanglingLink(node.Path);
        if (content.Node.Kind == NodeKind.Directory)
        {
            if (!options.Files.Recurse)
            {
                throw DirectoryWithoutRecurse(node.Path);
            }

            await CopyDirectoryAsync(content, target, cancellationToken).ConfigureAwait(false);
            return;
        }

        MakeFolder(Path.GetDirectoryName(target)!);
        await CopyFileAsync(content, target, cancellationToken).ConfigureAwait(false);
    }

    private Task CopyDirectoryAsync(TreeNode directory, string target, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        FilesAsync(directory, target, cancellationToken),
        new ParallelOptions { MaxDegreeOfParallelism = CopiesAtOnce, CancellationToken = cancellationToken },
        async (file, token) => await TryCopyFileAsync(file.Node, file.Path, token).ConfigureAwait(false));

    // Makes the folders on the way, so that each stands before its files are written.
    private async IAsyncEnumerable<(TreeNode Node, string Path)> FilesAsync(
        TreeNode directory, string target, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        MakeFolder(target);
        await foreach (TreeNode node in search.BelowAsync(directory, isDeep: true, cancellationToken).ConfigureAwait(false))
        {
            string below = directory.Path.Length > 1 ? node.Path[directory.Path.Length..] : node.Path;
            string path = Path.Join([target, .. below.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(LocalName.Of)]);
            switch (node.Node.Kind)
            {
                case NodeKind.Directory:
                    MakeFolder(path);
                    break;
                case NodeKind.File:
                    yield return (node, path);
                    break;
                default:
                    observer.OnWarning($"'{node.Path}' is left out: it is a {(node.Node.Kind == NodeKind.SymbolicLink ? "link" : node.Node.Kind.ToString())}.");
                    break;
            }
        }
    }

    // Of many files one that cannot be read does not keep the others.
    private async Task TryCopyFileAsync(TreeNode node, string path, CancellationToken cancellationToken)
    {
        try
        {
            await CopyFileAsync(node, path, cancellationToken).ConfigureAwait(false);
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or UnsupportedFeatureException)
        {
            observer.OnWarning($"'{node.Path}' is left out: {exception.Message}");
        }
    }

    private async Task CopyFileAsync(TreeNode node, string path, CancellationToken cancellationToken)
    {
        if (!options.Force && (File.Exists(path) || Directory.Exists(path)))
        {
            throw Exists(path);
        }

        string temporary = Path.Join(Path.GetDirectoryName(path), FormattableString.Invariant($".{Guid.NewGuid():N}.partial"));
        try
        {
            FileStream output = Create(temporary, path);
            await using (output.ConfigureAwait(false))
            {
                await WriteAsync(node, output, path, cancellationToken).ConfigureAwait(false);
            }

            if (node.Node.Times.Modified is { } modified)
            {
                File.SetLastWriteTimeUtc(temporary, Clamp(modified.ToDateTime()));
            }

            Rename(temporary, path);
            await onCopied(new WorkloadFileCopy { Path = path, SourcePath = node.Path, Length = node.Node.Length }, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private async Task WriteAsync(TreeNode node, FileStream output, string path, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(node.Node.Length, 1, BufferSize));
        try
        {
            await foreach (FileExtent extent in node.FileSystem.QueryExtentsAsync(node.Node.Id, default, cancellationToken).ConfigureAwait(false))
            {
                for (long offset = extent.Offset; offset < extent.End && extent.Kind == FileExtentKind.Data;)
                {
                    int wanted = (int)Math.Min(buffer.Length, extent.End - offset);
                    int count = await node.FileSystem.ReadAsync(node.Node.Id, default, offset, buffer.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
                    output.Position = offset;
                    await output.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                    meter.Add(count);
                    offset += Math.Max(count, 1);
                }
            }

            output.SetLength(node.Node.Length);
        }
        catch (Exception exception) when (exception is IOException or ArgumentOutOfRangeException)
        {
            throw NotWritten(path, exception); // a length beyond what this file system holds is the latter
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Not flushed, as a copy by a shell is not: who asks for durable disks restores images.
    private void Rename(string temporary, string path)
    {
        try
        {
            File.Move(temporary, path, options.Force);
        }
        catch (IOException) when (!options.Force && File.Exists(path))
        {
            throw Exists(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(path, exception);
        }
    }

    private static DateTime Clamp(DateTime time) => time.Year < 1980 ? new DateTime(1980, 1, 1, 0, 0, 0, DateTimeKind.Utc) : DateTime.SpecifyKind(time, DateTimeKind.Utc);

    private static FileStream Create(string temporary, string path)
    {
        try
        {
            return new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.Asynchronous });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(path, exception);
        }
    }

    private static void MakeFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(path, exception);
        }
    }

    private static StorageException Exists(string path) => new(
        "FileExists", ErrorKind.Exists, $"Failed to copy to '{path}': it exists already.", "Set -Force to replace files that exist, or choose another -Destination.", path);

    private static StorageException NotWritten(string path, Exception cause) => new(
        "CopyFailed",
        cause is UnauthorizedAccessException ? ErrorKind.Denied : ErrorKind.WriteFailed,
        $"Failed to write '{path}': {cause.Message}",
        "Check the rights and the free space of the destination, then run Copy-WorkloadFile again.",
        path,
        innerException: cause);

    private static StorageException DirectoryWithoutRecurse(string path) => new(
        "DirectoryNotCopied", ErrorKind.InvalidInput, $"Failed to copy '{path}': it is a directory.", "Set -Recurse to copy it with all that it holds.", path);

    private static StorageException DanglingLink(string path) => new(
        "FileNotFound", ErrorKind.NotFound, $"Failed to copy '{path}': it is a link that leads nowhere.", "Look where it leads with Get-WorkloadFile.", path);
}
