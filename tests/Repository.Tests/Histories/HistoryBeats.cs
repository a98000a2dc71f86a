using Portability.Repository.Leases;
using Portability.Repository.Repositories;

namespace Portability.Repository.Tests.Histories;

/// <summary>Lets time pass under a lease, with the beats that belong to it.</summary>
internal sealed class HistoryBeats(OpenRepository repository, WriterLease lease)
{
    /// <summary>Works for some minutes.</summary>
    public async Task WorkAsync(int minutes)
    {
        for (int minute = 0; minute < minutes; minute++)
        {
            await Task.Delay(WriterLease.BeatInterval, repository.Time, CancellationToken.None);
            await lease.BeatAsync(CancellationToken.None);
        }
    }
}
