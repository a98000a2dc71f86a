using Portability.Core.Crypto;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.Locations;

/// <summary>Puts locations as runs: as few as may be.</summary>
internal static class RunBatch
{
    /// <summary>Puts locations that are in memory.</summary>
    /// <param name="scope">The repository.</param>
    /// <param name="set">Set of the blocks.</param>
    /// <param name="lease">Id of the lease that owns the runs.</param>
    /// <param name="random">Where their ids come from.</param>
    /// <param name="signer">Signs them.</param>
    /// <param name="places">The locations; sorted here.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task PutAsync(
        ObjectScope scope, BlockSet set, RecordId lease, RandomSource random, RecordSigner signer, List<Location> places, CancellationToken cancellationToken)
    {
        places.Sort(static (left, right) => left.Id.CompareTo(right.Id));
        await PutAsync(scope, set, lease, random, signer, places.ToAsyncEnumerable(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts locations as they come.</summary>
    /// <param name="scope">The repository.</param>
    /// <param name="set">Set of the blocks.</param>
    /// <param name="lease">Id of the lease that owns the runs.</param>
    /// <param name="random">Where their ids come from.</param>
    /// <param name="signer">Signs them.</param>
    /// <param name="places">The locations, ascending by block.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The store failed, or the locations could not be read.</exception>
    public static async Task PutAsync(
        ObjectScope scope, BlockSet set, RecordId lease, RandomSource random, RecordSigner signer, IAsyncEnumerable<Location> places, CancellationToken cancellationToken)
    {
        LocationRunWriter? run = null;
        try
        {
            await foreach (Location place in places.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                if (run is not null && !run.HasRoomFor(place.Pack))
                {
                    await run.CompleteAsync(signer, cancellationToken).ConfigureAwait(false);
                    run.Dispose();
                    run = null;
                }

                run ??= new LocationRunWriter(scope, set, lease, random);
                run.Add(place);
            }

            if (run is not null)
            {
                await run.CompleteAsync(signer, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            run?.Dispose();
        }
    }
}
