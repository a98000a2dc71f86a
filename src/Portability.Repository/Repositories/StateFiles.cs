using Portability.Core.Crypto;
using Portability.Core.Native;

namespace Portability.Repository.Repositories;

/// <summary>Small private files of one folder tree: 0600 in folders of 0700, put once or replaced whole, flushed. Thread-safe, and safe against other processes.</summary>
internal sealed class StateFiles
{
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PrivateFolder = PrivateFile | UnixFileMode.UserExecute;
    private const int MaximumSize = 64 << 10;
    private const int TemporaryNameBytes = 16;
    private readonly IFileSystemCalls calls = FileSystemCalls.Create();
    private readonly string root;

    public StateFiles(string root) => this.root = root;

    /// <summary>Full path of a file, for messages.</summary>
    public string PathOf(string name) => Path.Combine(root, name.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Reads a file, or null if there is none.</summary>
    /// <exception cref="StorageException">`StateUnreadable`.</exception>
    public byte[]? TryRead(string name)
    {
        try
        {
            using var file = new FileStream(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (file.Length > MaximumSize)
            {
                throw Unreadable(name, FormattableString.Invariant($"it has {file.Length} bytes, at most {MaximumSize} are expected"), null);
            }

            byte[] content = new byte[file.Length];
            file.ReadExactly(content);
            return content;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(name, exception.Message, exception);
        }
    }

    /// <summary>Puts a file unless its name is taken; true if it is there by this call.</summary>
    /// <exception cref="StorageException">`StateUnwritable`.</exception>
    public bool PutIfAbsent(string name, ReadOnlySpan<byte> content)
    {
        string path = PathOf(name);
        try
        {
            string temporary = WriteTemporary(path, content);
            try
            {
                calls.Link(temporary, path);
            }
            catch (FileCallException exception) when (exception.Error == FileCallError.Exists)
            {
                return false;
            }
            finally
            {
                calls.Unlink(temporary);
            }

            calls.FlushFolder(Path.GetDirectoryName(path)!);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(name, exception);
        }
    }

    /// <summary>Puts a file in the place of what is there, atomically.</summary>
    /// <exception cref="StorageException">`StateUnwritable`.</exception>
    public void Replace(string name, ReadOnlySpan<byte> content)
    {
        string path = PathOf(name);
        try
        {
            while (!PutIfAbsent(name, content))
            {
                string temporary = WriteTemporary(path, content);
                try
                {
                    File.Replace(temporary, path, destinationBackupFileName: null);
                    calls.FlushFolder(Path.GetDirectoryName(path)!);
                    return;
                }
                catch (FileNotFoundException)
                {
                    // Another process removed it since: put it as a new one.
                    calls.Unlink(temporary);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(name, exception);
        }
    }

    /// <summary>Removes a file that may be there.</summary>
    /// <exception cref="StorageException">`StateUnwritable`.</exception>
    public void Remove(string name)
    {
        try
        {
            File.Delete(PathOf(name));
        }
        catch (DirectoryNotFoundException)
        {
            return;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(name, exception);
        }
    }

    /// <summary>Names of the files in a folder, without path, none if there is no such folder.</summary>
    /// <exception cref="StorageException">`StateUnreadable`.</exception>
    public IReadOnlyList<string> List(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(PathOf(folder)).Select(path => Path.GetFileName(path)).Where(name => name[0] != '.')];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(folder, exception.Message, exception);
        }
    }

    /// <summary>Names of the folders in a folder, without path, none if there is no such folder.</summary>
    /// <exception cref="StorageException">`StateUnreadable`.</exception>
    public IReadOnlyList<string> ListFolders(string folder)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(PathOf(folder)).Select(path => Path.GetFileName(path))];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(folder, exception.Message, exception);
        }
    }

    private string WriteTemporary(string path, ReadOnlySpan<byte> content)
    {
        string folder = Path.GetDirectoryName(path)!;
        CreateFolders(folder);
        string temporary = Path.Combine(folder, "." + Convert.ToHexStringLower(RandomSource.System.NextBytes(TemporaryNameBytes)));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Delete };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = PrivateFile;
        }

        using var file = new FileStream(temporary, options);
        file.Write(content);
        file.Flush(flushToDisk: true);
        return temporary;
    }

    /// <summary>Makes the root and what lies below it private, one by one: the runtime gives the mode to the last folder only.</summary>
    private void CreateFolders(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }

        string path = root;
        Directory.CreateDirectory(path, PrivateFolder);
        foreach (string segment in Path.GetRelativePath(root, folder).Split(Path.DirectorySeparatorChar))
        {
            path = Path.Combine(path, segment);
            Directory.CreateDirectory(path, PrivateFolder);
        }
    }

    private StorageException Unreadable(string name, string fact, Exception? cause) => new(
        "StateUnreadable",
        ErrorKind.ReadFailed,
        $"Failed to read '{PathOf(name)}': {fact}.",
        "Check the rights of the state directory, or name another one in PORTABILITY_STATE.",
        PathOf(name),
        isTransient: false,
        cause);

    private StorageException Unwritable(string name, Exception cause) => new(
        "StateUnwritable",
        ErrorKind.WriteFailed,
        $"Failed to write '{PathOf(name)}': {cause.Message}.",
        "Check the rights and the free space of the state directory, or name another one in PORTABILITY_STATE.",
        PathOf(name),
        isTransient: false,
        cause);
}
