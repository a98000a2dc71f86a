using Portability.Engine;
using Portability.Engine.Repositories;

namespace Portability.Module;

/// <summary>Base of cmdlets that work on a repository: finds or makes the connection that an argument means.</summary>
public abstract class RepositoryCmdlet : PortabilityCmdlet
{
    /// <summary>Finds the connection that a repository means; makes one without a key when only its place is known.</summary>
    /// <param name="repository">Object of this session, copy from another, or a place.</param>
    /// <returns>The repository with its connection.</returns>
    private protected WorkloadRepository Connected(WorkloadRepository repository) =>
        repository.Connection is not null
            ? repository
            : Connections.Find(repository)
                ?? Open((facade, observer, token) => facade.ConnectAsync(new ConnectRepositoryOptions { Path = repository.Path }, observer, token));

    /// <summary>Finds the connection that a snapshot came from.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <returns>Its repository with the connection.</returns>
    private protected WorkloadRepository Connected(WorkloadSnapshot snapshot) =>
        Connected(new WorkloadRepository { Id = snapshot.RepositoryId, Path = snapshot.RepositoryPath, Connection = snapshot.Connection });

    /// <summary>Finds the connection that a workload came from.</summary>
    /// <param name="workload">The workload.</param>
    /// <returns>Its repository with the connection.</returns>
    private protected WorkloadRepository Connected(Workload workload) =>
        Connected(new WorkloadRepository { Id = workload.RepositoryId, Path = workload.RepositoryPath, Connection = workload.Connection });

    /// <summary>Finds the connection that a key came from.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Its repository with the connection.</returns>
    private protected WorkloadRepository Connected(WorkloadRepositoryKey key) =>
        Connected(new WorkloadRepository { Id = key.RepositoryId, Path = key.RepositoryPath, Connection = key.Connection });

    /// <summary>Opens a connection, and notes it in the session's table: from now on its place means this connection.</summary>
    /// <param name="open">Opens it.</param>
    /// <returns>The repository with its connection.</returns>
    private protected WorkloadRepository Open(Func<RepositoryFacade, IOperationSink, CancellationToken, Task<RepositoryConnection>> open)
    {
        WorkloadRepository repository = Run(async (sink, token) =>
        {
            RepositoryConnection connection = await open(new RepositoryFacade(EngineEnvironment.FromProcess()), sink, token).ConfigureAwait(false);
            return connection.Repository with { Connection = connection };
        });
        Connections.Add(repository);
        return repository;
    }

    /// <summary>The engine's connection of a repository that <see cref="Connected(WorkloadRepository)"/> returned.</summary>
    /// <param name="repository">The repository.</param>
    /// <returns>The connection; stays the session's.</returns>
    private protected static RepositoryConnection Live(WorkloadRepository repository) => (RepositoryConnection)repository.Connection!;

    /// <summary>Runs what must succeed for the command to go on; an error ends the command.</summary>
    /// <typeparam name="T">What it returns.</typeparam>
    /// <param name="target">What the command works on.</param>
    /// <param name="body">What to run.</param>
    /// <returns>What the body returned.</returns>
    private protected T Must<T>(object target, Func<T> body)
    {
        try
        {
            return body();
        }
        catch (Exception error) when (IsReportable(error))
        {
            ThrowTerminatingError(ErrorRecords.From(error, target));
            throw;
        }
    }

    /// <summary>Writes an error for each name without wildcards that is not there.</summary>
    /// <param name="names">What was asked for, after all that is there was matched with it.</param>
    /// <param name="errorId">Identifier of the error.</param>
    /// <param name="kind">What has such a name, such as `workload`.</param>
    /// <param name="place">Where it was looked for.</param>
    /// <param name="action">What to do next: one sentence.</param>
    private protected void WriteMissing(IEnumerable<string> names, string errorId, string kind, string place, string action)
    {
        foreach (string name in names)
        {
            WriteItemError(
                new RepositoryException(errorId, ErrorKind.NotFound, $"Failed to find {kind} '{name}' in '{place}': there is none.", action, name), name);
        }
    }

    /// <summary>Runs the part of one item; an error is written and the pipeline goes on.</summary>
    /// <param name="target">The item.</param>
    /// <param name="body">What to run.</param>
    private protected void Each(object target, Action body)
    {
        try
        {
            body();
        }
        catch (Exception error) when (IsReportable(error))
        {
            WriteItemError(error, target);
        }
    }
}
