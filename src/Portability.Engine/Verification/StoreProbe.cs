using Portability.Engine.Repositories;
using Portability.Repository.Backends;

namespace Portability.Engine.Verification;

/// <summary>Lets two writers race for names in the store: each name has one winner, and what was put is seen at once, or the store is not safe.</summary>
/// <remarks>FORMAT.md, section 3. Both writers are in this process: caches of another machine are not tried.</remarks>
internal sealed class StoreProbe
{
    private const int IdBytes = 16;

    private readonly RepositoryConnection connection;
    private readonly FindingList findings;

    public StoreProbe(RepositoryConnection connection, FindingList findings)
    {
        this.connection = connection;
        this.findings = findings;
    }

    /// <summary>Runs the race.</summary>
    /// <param name="names">Names to race for; 0 for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>False if the store broke a promise.</returns>
    public async Task<bool> CheckAsync(int names, CancellationToken cancellationToken)
    {
        if (names <= 0)
        {
            return true;
        }

        string id = Convert.ToHexStringLower(connection.Environment.Random.NextBytes(IdBytes));
        StoreRaceReport[] reports;
        try
        {
            reports = await Task.WhenAll(Enumerable.Range(0, 2).Select(side => Task.Run(
                () => new StoreRace(connection.Store, id, side, connection.Environment.Random, connection.Environment.Time).RunAsync(names, cancellationToken),
                cancellationToken))).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await StoreRace.RemoveAsync(connection.Store, id, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        catch (StorageException exception)
        {
            // Who may only read can test all else.
            findings.Add(new TestFinding
            {
                Kind = FindingKind.UnsafeStore,
                ObjectName = connection.Store.Location,
                Message = $"The store was not tried with two writers: {exception.Message}",
                RecommendedAction = "Run Test-WorkloadRepository once where the store can be written.",
            });
            return true;
        }

        string[] faults = [.. reports.SelectMany(report => report.Faults).Distinct(StringComparer.Ordinal)];
        if (faults.Length > 0)
        {
            findings.Add(new TestFinding
            {
                Kind = FindingKind.UnsafeStore,
                ObjectName = connection.Store.Location,
                Message = FormattableString.Invariant($"Two writers raced for {reports[0].Names} names and the store broke its promises: {string.Join("; ", faults)}."),
                RecommendedAction = "Move the repository to a local disk or to a share that is mounted as Backends/README.md says.",
                IsError = true,
            });
        }

        return faults.Length == 0;
    }
}
