using System.Buffers;
using Portability.Core.Crypto;
using Portability.Core.Native;

namespace Portability.Repository.Backends;

/// <summary>
/// The steps of a directory store, blocking, in terms of file system calls: durable put-if-absent as flushed temporary file, `link`, unlink,
/// flush of the folder (README.md of the parent folder says why each is needed). Throws <see cref="FileCallException"/>.
/// </summary>
internal sealed class DirectoryFiles
{
    /// <summary>Folder of what is not visible; no <see cref="BlobName"/> begins with a full stop.</summary>
    public const string TemporaryFolder = ".temporary";

    private const int MaximumAttempts = 16;
    private readonly IFileSystemCalls calls;
    private readonly FolderFlusher flusher;
    private readonly RandomSource random;
    private readonly bool renameServes;
    private readonly string root;

    /// <summary>Initialises the steps.</summary>
    /// <param name="root">Absolute path of the store's folder.</param>
    /// <param name="medium">What it lies on.</param>
    /// <param name="calls">The file system.</param>
    /// <param name="random">Names of temporary files.</param>
    public DirectoryFiles(string root, StoreMedium medium, IFileSystemCalls calls, RandomSource random)
    {
        this.root = root;
        this.calls = calls;
        this.random = random;
        renameServes = medium == StoreMedium.Local;
        flusher = new FolderFlusher(calls, root, foldersMayLackFlush: medium != StoreMedium.Local);
    }

    /// <summary>Path of an object.</summary>
    public string PathOf(BlobName name) => PathOf(name.Value);

    /// <summary>Path of a folder of objects, the root for an empty text.</summary>
    public string PathOf(string folder) => folder.Length == 0 ? root : Path.Join(root, folder.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Path of something temporary.</summary>
    public string PathOfTemporary(string name) => Path.Join(root, TemporaryFolder, name);

    /// <summary>Tells whether the store's folder is there.</summary>
    public bool RootExists() => calls.Stat(root) is { Kind: FileKind.Folder };

    /// <summary>Puts an object.</summary>
    /// <returns>Null if its temporary file was collected meanwhile, again and again.</returns>
    public PutResult? Put(BlobName name, in ReadOnlySequence<byte> content)
    {
        PutResult? result = null;
        for (int attempt = 1; result is null && attempt <= MaximumAttempts; attempt++)
        {
            string temporary = PathOfTemporary(UploadName.ForPut(random));
            try
            {
                WriteTemporary(temporary, content);
                result = Publish(name, temporary);
            }
            catch (FileCallException)
            {
                TryUnlink(temporary); // what cannot be removed now is found by the collector
                throw;
            }
        }

        return result;
    }

    /// <summary>Gives a flushed temporary file the object's name, unless that is taken, and removes the temporary name.</summary>
    /// <returns>Null if the temporary file was collected meanwhile.</returns>
    public PutResult? Publish(BlobName name, string temporary)
    {
        string path = PathOf(name);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                PutResult result = Claim(temporary, path);
                flusher.Flush(Path.GetDirectoryName(path)!);
                TryUnlink(temporary);
                return result;
            }
            catch (FileCallException exception) when (exception.Error is FileCallError.NotFound && attempt < MaximumAttempts)
            {
                if (calls.Stat(temporary) is not null)
                {
                    // The folder is not there yet, or another process removed it when it was empty.
                    CreateFolders(name.Folder);
                }
                else if (RootExists())
                {
                    return null;
                }
                else
                {
                    throw;
                }
            }
        }
    }

    /// <summary>Opens the pieces of an upload, made if they are not there.</summary>
    public IOpenFile OpenPieces(string path)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return calls.OpenWrite(path);
            }
            catch (FileCallException exception) when (exception.Error is FileCallError.NotFound)
            {
                if (TryCreate(path, attempt) is { } created)
                {
                    return created;
                }
            }
        }
    }

    /// <summary>Reads part of an object.</summary>
    public int Read(BlobName name, long offset, Span<byte> target)
    {
        using IOpenFile file = calls.OpenRead(PathOf(name));
        return file.Read(offset, target);
    }

    /// <summary>Tells an object's length, or null.</summary>
    public long? GetLength(BlobName name) => calls.Stat(PathOf(name)) is { Kind: FileKind.File } status ? status.Length : null;

    /// <summary>Lists a folder; one that is not there has no entries.</summary>
    public IReadOnlyList<FolderEntry> List(string path)
    {
        try
        {
            return calls.List(path);
        }
        catch (FileCallException exception) when (exception.Error is FileCallError.NotFound or FileCallError.WrongType)
        {
            // Not in the filter: what fails there is swallowed.
            if (RootExists())
            {
                return [];
            }

            throw;
        }
    }

    /// <summary>Deletes an object durably, and its folder when that is empty.</summary>
    public void Delete(BlobName name)
    {
        string path = PathOf(name);
        string folder = Path.GetDirectoryName(path)!;
        if (!TryUnlink(path, reportFailure: true) && !RootExists())
        {
            throw new FileCallException(FileCallError.NotFound, "unlink", root, 0);
        }

        flusher.Flush(folder);
        if (folder.Length > root.Length)
        {
            TryRemoveFolder(folder);
        }
    }

    /// <summary>Deletes something temporary.</summary>
    public void DeleteTemporary(string name)
    {
        if (!TryUnlink(PathOfTemporary(name), reportFailure: true) && !RootExists())
        {
            throw new FileCallException(FileCallError.NotFound, "unlink", root, 0);
        }
    }

    private void WriteTemporary(string path, in ReadOnlySequence<byte> content)
    {
        IOpenFile? created = null;
        for (int attempt = 1; created is null; attempt++)
        {
            created = TryCreate(path, attempt);
        }

        using IOpenFile file = created;
        long offset = 0;
        foreach (ReadOnlyMemory<byte> piece in content)
        {
            file.Write(offset, piece.Span);
            offset += piece.Length;
        }

        file.Flush();
    }

    /// <summary>Creates a temporary file, or its folder first.</summary>
    private IOpenFile? TryCreate(string path, int attempt)
    {
        try
        {
            return calls.Create(path);
        }
        catch (FileCallException exception) when (exception.Error is FileCallError.NotFound && attempt < MaximumAttempts)
        {
            CreateFolder(Path.GetDirectoryName(path)!);
            return null;
        }
    }

    /// <summary>The atomic step.</summary>
    private PutResult Claim(string temporary, string path)
    {
        try
        {
            calls.Link(temporary, path);
            return PutResult.Created;
        }
        catch (FileCallException exception) when (exception.Error is FileCallError.Exists)
        {
            return IsSameFile(temporary, path) ? PutResult.Created : PutResult.Exists;
        }
        catch (FileCallException exception) when (exception.Error is FileCallError.Unsupported && renameServes)
        {
            return Rename(temporary, path);
        }
    }

    /// <summary>For local file systems without links (FAT), where the kernel checks and renames under one lock.</summary>
    private PutResult Rename(string temporary, string path)
    {
        try
        {
            calls.RenameNoReplace(temporary, path);
            return PutResult.Created;
        }
        catch (FileCallException exception) when (exception.Error is FileCallError.Exists)
        {
            return PutResult.Exists;
        }
    }

    /// <summary>A server may have linked, lost the answer, and refused the repeated request.</summary>
    private bool IsSameFile(string temporary, string path) =>
        calls.Stat(temporary) is { } own && calls.Stat(path) is { } found && own.Identity == found.Identity;

    private void CreateFolders(string folder)
    {
        for (int slash = folder.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = folder.IndexOf('/', slash + 1))
        {
            CreateFolder(PathOf(folder[..slash]));
        }

        if (folder.Length > 0)
        {
            CreateFolder(PathOf(folder));
        }
    }

    private void CreateFolder(string path)
    {
        try
        {
            calls.CreateFolder(path);
        }
        catch (FileCallException exception) when (exception.Error is FileCallError.Exists)
        {
            // Another writer was first.
        }
        catch (FileCallException exception) when (exception.Error is FileCallError.NotFound)
        {
            // Another process removed the empty parent: the caller tries again, unless all is gone.
            if (!RootExists())
            {
                throw;
            }
        }
    }

    private void TryRemoveFolder(string path)
    {
        try
        {
            calls.RemoveFolder(path);
        }
        catch (FileCallException)
        {
            // It has other names, or may not be removed: an empty folder is no harm.
        }
    }

    private bool TryUnlink(string path, bool reportFailure = false)
    {
        try
        {
            calls.Unlink(path);
            return true;
        }
        catch (FileCallException exception) when (!reportFailure || exception.Error is FileCallError.NotFound or FileCallError.WrongType)
        {
            return false;
        }
    }
}
