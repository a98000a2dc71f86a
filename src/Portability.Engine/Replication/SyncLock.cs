using Portability.Repository.Records;

namespace Portability.Engine.Replication;

/// <summary>
/// A file in the state directory that is held open while a sync runs. The operating system lets go of it however the sync ends, so that the
/// next one on this machine knows whose half-sent objects it may take over: also after a cut in a process that still runs.
/// </summary>
internal sealed class SyncLock : IDisposable
{
    private readonly FileStream file;
    private readonly string path;

    private SyncLock(string path)
    {
        this.path = path;
        file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Leases of syncs to a mirror that were cut on this machine, and have not been taken over.</summary>
    /// <param name="stateDirectory">The state directory.</param>
    /// <param name="instance">The mirror.</param>
    public static IReadOnlyList<RecordId> FindCut(string stateDirectory, Guid instance)
    {
        string folder = Folder(stateDirectory, instance);
        var cut = new List<RecordId>();
        foreach (string path in Directory.Exists(folder) ? Directory.GetFiles(folder) : [])
        {
            if (RecordId.TryParse(Path.GetFileName(path), out RecordId lease) && !IsHeld(path))
            {
                cut.Add(lease);
            }
        }

        return cut;
    }

    /// <summary>Holds a lock for a lease.</summary>
    /// <param name="stateDirectory">The state directory.</param>
    /// <param name="instance">The mirror.</param>
    /// <param name="lease">The lease of the sync.</param>
    /// <exception cref="StorageException">`StateUnwritable`.</exception>
    public static SyncLock Open(string stateDirectory, Guid instance, RecordId lease)
    {
        string path = Path.Combine(Folder(stateDirectory, instance), lease.ToString());
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return new SyncLock(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(
                "StateUnwritable",
                ErrorKind.WriteFailed,
                $"Failed to write '{path}': {exception.Message}",
                "Check the rights and the free space of the state directory, or name another one in PORTABILITY_STATE.",
                path,
                isTransient: false,
                exception);
        }
    }

    /// <summary>Forgets a sync that has left nothing to take over.</summary>
    /// <param name="stateDirectory">The state directory.</param>
    /// <param name="instance">The mirror.</param>
    /// <param name="lease">The lease of the sync.</param>
    public static void Forget(string stateDirectory, Guid instance, RecordId lease) => TryDelete(Path.Combine(Folder(stateDirectory, instance), lease.ToString()));

    /// <summary>The sync has ended well: nothing is left to take over.</summary>
    public void Complete()
    {
        file.Dispose();
        TryDelete(path);
    }

    /// <summary>Lets go; the file stays for the next sync.</summary>
    public void Dispose() => file.Dispose();

    private static string Folder(string stateDirectory, Guid instance) => Path.Combine(stateDirectory, "syncs", instance.ToString("D"));

    private static bool IsHeld(string path)
    {
        try
        {
            using var probe = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (FileNotFoundException)
        {
            return true; // taken over by another process in this moment
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It stays and costs the next sync a look.
        }
    }
}
