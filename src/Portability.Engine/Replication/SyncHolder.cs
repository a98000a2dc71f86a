using System.Diagnostics;
using System.Globalization;
using Portability.Core.Crypto;
using Portability.Engine.Repositories;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Records;

namespace Portability.Engine.Replication;

/// <summary>Tells the leases of syncs that were cut from those that run.</summary>
internal static class SyncHolder
{
    private const char Separator = '/';

    /// <summary>This process: machine, process id, start.</summary>
    public static string Describe()
    {
        using Process own = Process.GetCurrentProcess();
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}{Separator}{own.Id}{Separator}{own.StartTime.ToUniversalTime().Ticks}");
    }

    /// <summary>Leases of this member's syncs whose process is gone, newest first.</summary>
    /// <param name="destination">The mirror.</param>
    /// <param name="signer">The key that this member signs with there.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<IReadOnlyList<RecordId>> FindDeadAsync(RepositoryConnection destination, KeyFingerprint signer, CancellationToken cancellationToken)
    {
        IReadOnlyList<LeaseState> leases = await LeaseDirectory.ListAsync(destination.Opened, cancellationToken).ConfigureAwait(false);
        return [.. leases.Where(lease => lease.Kind == LeaseKind.Sync && !lease.IsEnded && lease.Signer == signer && IsDead(lease.Holder)).Select(lease => lease.Lease)];
    }

    /// <summary>Ends the leases of syncs whose process is gone, after their half-sent objects were taken over: no collector waits for them any more.</summary>
    /// <param name="destination">The mirror.</param>
    /// <param name="signer">Signs the end.</param>
    /// <param name="dead">The leases.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task EndDeadAsync(RepositoryConnection destination, RecordSigner signer, IReadOnlyList<RecordId> dead, CancellationToken cancellationToken)
    {
        IReadOnlyList<LeaseState> leases = dead.Count == 0 ? [] : await LeaseDirectory.ListAsync(destination.Opened, cancellationToken).ConfigureAwait(false);
        foreach (LeaseState lease in leases.Where(lease => dead.Contains(lease.Lease) && !lease.IsEnded))
        {
            LeaseState end = lease with { Beat = lease.Beat + 1, IsEnded = true, Signer = signer.Fingerprint };
            await destination.Store.PutIfAbsentAsync(RepositoryNames.Lease(end.Lease, end.Beat), end.Sign(signer).Bytes, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsDead(string holder)
    {
        string[] parts = holder.Split(Separator);
        if (parts.Length != 3
            || !string.Equals(parts[0], Environment.MachineName, StringComparison.Ordinal)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long started))
        {
            return false;
        }

        try
        {
            using Process process = Process.GetProcessById(id);
            return Math.Abs(process.StartTime.ToUniversalTime().Ticks - started) > TimeSpan.TicksPerSecond;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return true;
        }
    }
}
