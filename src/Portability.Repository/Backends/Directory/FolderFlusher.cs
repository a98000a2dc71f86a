using System.Collections.Concurrent;
using Portability.Core.Native;

namespace Portability.Repository.Backends;

/// <summary>
/// Makes names durable. A name survives when its folder was flushed and each folder above, up to the store's root, survives too. Calls for
/// one folder that come while a flush runs share the next one. Thread-safe, blocking.
/// </summary>
internal sealed class FolderFlusher(IFileSystemCalls calls, string root, bool foldersMayLackFlush)
{
    private const int MaximumFolders = 4096;
    private readonly ConcurrentDictionary<string, Folder> folders = new(StringComparer.Ordinal);

    /// <summary>Returns when every change made to a folder before the call is durable.</summary>
    /// <param name="path">The root or a folder below it. One that is gone counts as flushed when its parent is.</param>
    /// <exception cref="FileCallException">A flush failed, now or at any time before: what it held may be lost.</exception>
    public void Flush(string path)
    {
        Folder folder = Find(path);
        FileIdentity? flushed = FlushNames(folder, path);
        if (path.Length <= root.Length)
        {
            return;
        }

        // A folder that was removed and made anew is another one: whoever made it may not have flushed its parent yet.
        lock (folder.Gate)
        {
            if (flushed is not null && flushed == folder.Durable)
            {
                return;
            }
        }

        Flush(Path.GetDirectoryName(path)!);
        lock (folder.Gate)
        {
            folder.Durable = flushed;
        }
    }

    private Folder Find(string path)
    {
        if (folders.Count > MaximumFolders)
        {
            folders.Clear();
        }

        return folders.GetOrAdd(path, static _ => new Folder());
    }

    /// <summary>Flushes the names in one folder, and says which folder that was.</summary>
    private FileIdentity? FlushNames(Folder folder, string path)
    {
        long ticket = Interlocked.Increment(ref folder.Requested);
        lock (folder.Gate)
        {
            if (folder.Broken is { } broken)
            {
                throw new FileCallException(broken.Error, broken.Call, path, broken.Code, broken);
            }

            if (folder.Covered < ticket)
            {
                long covered = Interlocked.Read(ref folder.Requested);
                folder.Flushed = TryFlush(folder, path);
                folder.Covered = covered;
            }

            return folder.Flushed;
        }
    }

    private FileIdentity? TryFlush(Folder folder, string path)
    {
        try
        {
            return calls.FlushFolder(path);
        }
        catch (FileCallException exception) when (exception.Error is FileCallError.NotFound)
        {
            return null;
        }
        catch (FileCallException exception) when (foldersMayLackFlush && exception.Error is FileCallError.Unsupported)
        {
            return null; // a server that offers no flush of a folder makes names durable before it answers
        }
        catch (FileCallException exception) when (exception.Error is FileCallError.InputOutput or FileCallError.Full or FileCallError.Other)
        {
            // The kernel reports a lost write once; a later flush that succeeds proves nothing.
            folder.Broken = exception;
            throw;
        }
    }

    private sealed class Folder
    {
        public readonly Lock Gate = new();

        /// <summary>How many calls have asked for a flush.</summary>
        public long Requested;

        /// <summary>How many of them the last flush served.</summary>
        public long Covered;

        /// <summary>The folder that was flushed last.</summary>
        public FileIdentity? Flushed;

        /// <summary>The folder whose own name is durable.</summary>
        public FileIdentity? Durable;

        /// <summary>A flush that failed.</summary>
        public FileCallException? Broken;
    }
}
