using System.Buffers;
using System.Runtime.CompilerServices;
using Portability.Core.Native;

namespace Portability.Repository.Backends;

/// <summary>
/// A store in a folder: local, or on an NFS or SMB mount without caches. One file an object; folders are made and removed as needed.
/// Blocking calls run off the caller's thread.
/// </summary>
public sealed class DirectoryBlobStore : IBlobStore
{
    private readonly DirectoryFiles files;
    private readonly bool inline;

    /// <summary>Initialises a store over given file system calls.</summary>
    /// <param name="location">Path for messages.</param>
    /// <param name="files">The steps.</param>
    /// <param name="inline">Runs calls on the caller's thread, for simulations.</param>
    internal DirectoryBlobStore(string location, DirectoryFiles files, bool inline)
    {
        Location = location;
        this.files = files;
        this.inline = inline;
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <summary>True if its bytes are on this machine, not on a share.</summary>
    public bool IsLocal { get; private init; }

    /// <summary>Opens a folder as a store, after checking that what it lies on keeps the store's promises.</summary>
    /// <param name="path">Path of the folder.</param>
    /// <param name="options">How it works.</param>
    /// <exception cref="StorageException">`StoreNotFound`, `StoreNotConsistent`, `StoreAccessDenied`, `StoreReadOnly`.</exception>
    public static DirectoryBlobStore Open(string path, DirectoryBlobStoreOptions options)
    {
        IFileSystemCalls calls = FileSystemCalls.Create();
        string location = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        try
        {
            if (options.Create)
            {
                DirectoryRoot.Create(location, calls);
            }

            string root = DirectoryRoot.Resolve(location);
            if (calls.Stat(root) is not { Kind: FileKind.Folder } status)
            {
                throw DirectoryStoreErrors.NotFound(location);
            }

            StoreMedium medium = StoreMediumProbe.Judge(root, status);
            return new DirectoryBlobStore(location, new DirectoryFiles(DirectoryRoot.ForCalls(root), medium, calls, options.Random), inline: false) { IsLocal = medium == StoreMedium.Local };
        }
        catch (FileCallException exception)
        {
            throw DirectoryStoreErrors.Create(exception, options.Create ? "write" : "open", string.Empty, location);
        }
    }

    /// <summary>The folder that a path means, links followed; it need not be there.</summary>
    /// <param name="path">Path of a folder.</param>
    /// <exception cref="IOException">Links lead in a circle, or cannot be read.</exception>
    public static string ResolvePath(string path) => DirectoryRoot.Resolve(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    /// <inheritdoc/>
    public Task<PutResult> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken) =>
        RunAsync("write", name.Value, () => files.Put(name, content) ?? throw StoreErrors.TemporaryVanished(name, Location), cancellationToken, flushes: true);

    /// <inheritdoc/>
    public async ValueTask<int> GetAsync(BlobName name, long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        try
        {
            return await RunAsync("read", name.Value, () => files.Read(name, offset, target.Span), cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception) when (exception.InnerException is FileCallException { Error: FileCallError.NotFound or FileCallError.WrongType })
        {
            if (await RunAsync("read", name.Value, files.RootExists, cancellationToken).ConfigureAwait(false))
            {
                throw StoreErrors.ObjectNotFound(name, Location);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long?> GetLengthAsync(BlobName name, CancellationToken cancellationToken) =>
        await RunAsync("read", name.Value, () => files.GetLength(name) ?? (files.RootExists() ? null : throw DirectoryStoreErrors.NotFound(Location)), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        StoreErrors.CheckPrefix(prefix);
        return ListCoreAsync(prefix, cancellationToken);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(BlobName name, CancellationToken cancellationToken) => RunAsync("delete", name.Value, () => files.Delete(name), cancellationToken);

    /// <inheritdoc/>
    public async Task<IBlobUpload> OpenUploadAsync(BlobName name, string uploadId, long length, CancellationToken cancellationToken)
    {
        StoreErrors.CheckUpload(uploadId, length);
        string pieces = UploadName.Of(name, uploadId);
        return await RunAsync("write", name.Value, () => DirectoryUpload.Open(this, files, name, pieces, length), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TemporaryBlob> ListTemporariesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<FolderEntry> entries = await ListFolderAsync(DirectoryFiles.TemporaryFolder, cancellationToken).ConfigureAwait(false);
        foreach (FolderEntry entry in entries.Where(entry => entry.Kind == FileKind.File && UploadName.IsTemporary(entry.Name)).OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            yield return new TemporaryBlob(entry.Name, UploadName.GetUploadId(entry.Name), entry.Length);
        }
    }

    /// <inheritdoc/>
    public Task DeleteTemporaryAsync(string name, CancellationToken cancellationToken)
    {
        UploadName.Check(name);
        return RunAsync("delete", name, () => files.DeleteTemporary(name), cancellationToken);
    }

    /// <summary>Runs a blocking step and turns its failure into a <see cref="StorageException"/>.</summary>
    /// <param name="verb">What is attempted, for the message.</param>
    /// <param name="target">The object concerned.</param>
    /// <param name="step">The step.</param>
    /// <param name="cancellationToken">Asked before the step begins.</param>
    /// <param name="flushes">True if the step waits for the disk to write.</param>
    internal async Task<T> RunAsync<T>(string verb, string target, Func<T> step, CancellationToken cancellationToken, bool flushes = false)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (inline)
            {
                return step();
            }

            // A flush takes milliseconds: it must not hold a thread of the pool, which compression and hashing need.
            return flushes
                ? await Task.Factory.StartNew(step, cancellationToken, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).ConfigureAwait(false)
                : await Task.Run(step, cancellationToken).ConfigureAwait(false);
        }
        catch (FileCallException exception)
        {
            throw DirectoryStoreErrors.Create(exception, verb, target, Location);
        }
    }

    private async Task RunAsync(string verb, string target, Action step, CancellationToken cancellationToken) => await RunAsync(
        verb,
        target,
        () =>
        {
            step();
            return true;
        },
        cancellationToken,
        flushes: true).ConfigureAwait(false);

    private Task<IReadOnlyList<FolderEntry>> ListFolderAsync(string folder, CancellationToken cancellationToken) =>
        RunAsync("list", folder, () => files.List(files.PathOf(folder)), cancellationToken);

    private async IAsyncEnumerable<BlobEntry> ListCoreAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var waiting = new Stack<ListedName>();
        waiting.Push(new ListedName(prefix.LastIndexOf('/') is int slash and >= 0 ? prefix[..slash] : string.Empty, FileKind.Folder, 0));
        while (waiting.TryPop(out ListedName next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (next.Kind == FileKind.File)
            {
                yield return new BlobEntry(BlobName.Parse(next.Name), next.Length);
                continue;
            }

            IReadOnlyList<FolderEntry> entries = await ListFolderAsync(next.Name, cancellationToken).ConfigureAwait(false);
            foreach (ListedName name in ListedName.Select(next.Name, entries, prefix))
            {
                waiting.Push(name);
            }
        }
    }
}
