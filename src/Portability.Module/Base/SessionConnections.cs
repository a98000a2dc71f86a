using System.Collections;
using System.Collections.Concurrent;
using System.Management.Automation;

namespace Portability.Module;

/// <summary>
/// The repositories that are connected in this session, newest last. Objects carry their own connection; this table answers
/// for places named by path and for objects that came back from another session without it.
/// </summary>
/// <remarks>Kept in the private data of the module as this runspace knows it: two runspaces of a process share nothing.</remarks>
internal sealed class SessionConnections
{
    private const string Key = "Connections";

    private static readonly StringComparison PathComparison =
        OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private readonly List<WorkloadRepository> connected = [];
    private readonly ConcurrentStack<IDisposable> kept = [];

    private SessionConnections()
    {
    }

    /// <summary>All that are connected, in the order of their connects.</summary>
    public IReadOnlyList<WorkloadRepository> All => connected;

    /// <summary>Finds the table of a session.</summary>
    /// <param name="module">The module as the session knows it.</param>
    /// <returns>The table.</returns>
    public static SessionConnections Of(PSModuleInfo module)
    {
        var data = module.PrivateData as Hashtable;
        if (data is null)
        {
            module.PrivateData = data = new Hashtable(StringComparer.OrdinalIgnoreCase);
        }

        if (data[Key] is not SessionConnections table)
        {
            data[Key] = table = new SessionConnections();
        }

        return table;
    }

    /// <summary>Adds a connection; it is the one that its path means from now on.</summary>
    /// <param name="repository">The repository, with its connection.</param>
    public void Add(WorkloadRepository repository) => connected.Add(repository);

    /// <summary>Keeps a connection that emitted objects carry and that no place means; closed with the session. Thread-safe.</summary>
    /// <param name="connection">The connection.</param>
    public void Keep(IDisposable connection) => kept.Push(connection);

    /// <summary>Forgets a connection.</summary>
    /// <param name="repository">The repository.</param>
    public void Remove(WorkloadRepository repository) =>
        connected.RemoveAll(other => ReferenceEquals(other.Connection, repository.Connection));

    /// <summary>Finds the connection that an object without one means: by identifier and place, else by either.</summary>
    /// <param name="reference">A repository without connection.</param>
    /// <returns>The repository with its connection, or null.</returns>
    public WorkloadRepository? Find(WorkloadRepository reference)
    {
        bool SamePlace(WorkloadRepository other) => string.Equals(other.Path, reference.Path, PathComparison);
        bool SameId(WorkloadRepository other) => reference.Id != Guid.Empty && other.Id == reference.Id;

        return reference.Path.Length > 0
            ? connected.FindLast(other => SamePlace(other) && (reference.Id == Guid.Empty || SameId(other)))
            : connected.FindLast(SameId);
    }

    /// <summary>Closes and forgets every connection, so that no key outlives the session.</summary>
    public void Clear()
    {
        foreach (WorkloadRepository repository in connected)
        {
            (repository.Connection as IDisposable)?.Dispose();
        }

        connected.Clear();
        while (kept.TryPop(out IDisposable? connection))
        {
            connection.Dispose();
        }
    }
}
