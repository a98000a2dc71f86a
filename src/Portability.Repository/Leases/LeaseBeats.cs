using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Leases;

/// <summary>Puts the beats of one lease, one after the other, and finds out if it was shut out. One caller at a time.</summary>
/// <remarks>
/// FORMAT.md, section 13. Whatever lies under a later beat's name ends the lease for its holder, whoever put it. A beat that was put counts
/// only once the one before it was seen after that put: the end of a lease that was shut out may have been removed again, last of all, and
/// then its name is free.
/// </remarks>
internal sealed class LeaseBeats
{
    /// <summary>How long a beat stays once another follows it, so that no listing misses a holder that beats fast.</summary>
    private static readonly TimeSpan Stay = TimeSpan.FromSeconds(10);

    private readonly OpenRepository repository;
    private readonly RecordSigner signer;
    private readonly Queue<(long Beat, long Superseded)> old = [];
    private (LeaseState State, SignedRecord Record)? unanswered;

    public LeaseBeats(OpenRepository repository, RecordSigner signer, LeaseState first)
    {
        this.repository = repository;
        this.signer = signer;
        Current = first with { Beat = -1 };
    }

    /// <summary>The newest beat that was put.</summary>
    public LeaseState Current { get; private set; }

    /// <summary>Looks that nobody ended the lease.</summary>
    /// <exception cref="RepositoryLockedException">`WriterShutOut`.</exception>
    public async Task VerifyAsync(CancellationToken cancellationToken)
    {
        await PutUnansweredAsync(cancellationToken).ConfigureAwait(false);
        if (!await StandsAsync(Current.Beat, Current.Beat, cancellationToken).ConfigureAwait(false))
        {
            throw LeaseErrors.ShutOut(Current.Lease, repository.Store.Location);
        }
    }

    /// <summary>Puts the next beat.</summary>
    /// <exception cref="RepositoryLockedException">`WriterShutOut`.</exception>
    public Task PutAsync(long generation, bool ended, CancellationToken cancellationToken) => PutAsync(generation, ended, Current.Takes, cancellationToken);

    /// <summary>As the other one, and takes another name from now on.</summary>
    /// <exception cref="RepositoryLockedException">`WriterShutOut`.</exception>
    public async Task PutAsync(long generation, bool ended, BlobName? takes, CancellationToken cancellationToken)
    {
        await PutUnansweredAsync(cancellationToken).ConfigureAwait(false);
        LeaseState next = Current with { Beat = Current.Beat + 1, Generation = generation, IsEnded = ended, Takes = takes };
        unanswered = (next, next.Sign(signer));
        await PutUnansweredAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the lease; if a collector was faster, it has ended all the same.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PutAsync(Current.Generation, ended: true, cancellationToken).ConfigureAwait(false);
        }
        catch (RepositoryLockedException)
        {
            Current = Current with { IsEnded = true };
        }
    }

    // Also the rest of a beat whose answer was lost: the same bytes again.
    private async Task PutUnansweredAsync(CancellationToken cancellationToken)
    {
        if (unanswered is not { } next)
        {
            return;
        }

        long last = Current.Beat;
        await PutAsync(next.State, next.Record, cancellationToken).ConfigureAwait(false);
        if (last >= 0 && !await StandsAsync(last, next.State.Beat, cancellationToken).ConfigureAwait(false))
        {
            // The lease had ended and was removed: this beat began it anew, and nobody shall wait for it.
            LeaseState end = next.State with { Beat = next.State.Beat + 1, IsEnded = true };
            await PutAsync(end, end.Sign(signer), cancellationToken).ConfigureAwait(false);
            throw LeaseErrors.ShutOut(end.Lease, repository.Store.Location);
        }

        Current = next.State;
        unanswered = null;
        if (last >= 0)
        {
            old.Enqueue((last, repository.Time.GetTimestamp()));
        }

        while (old.Count > 1 && repository.Time.GetElapsedTime(old.Peek().Superseded) >= Stay)
        {
            await repository.Store.DeleteAsync(RepositoryNames.Lease(Current.Lease, old.Dequeue().Beat), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> StandsAsync(long before, long newest, CancellationToken cancellationToken)
    {
        bool foundBefore = false, foundNewest = false, later = false;
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.LeaseFolder(Current.Lease), cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.Lease)
            {
                foundBefore |= parts.Number == before;
                foundNewest |= parts.Number == newest;
                later |= parts.Number > newest;
            }
        }

        return foundBefore && foundNewest && !later;
    }

    private async Task PutAsync(LeaseState beat, SignedRecord record, CancellationToken cancellationToken)
    {
        BlobName name = RepositoryNames.Lease(beat.Lease, beat.Beat);
        if (await repository.Store.PutIfAbsentAsync(name, record.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Exists)
        {
            byte[]? there = await repository.Store.TryReadAllAsync(name, LeaseDirectory.MaximumBeatSize, cancellationToken).ConfigureAwait(false);
            if (there is null || !there.AsSpan().SequenceEqual(record.Bytes.Span))
            {
                throw LeaseErrors.ShutOut(beat.Lease, repository.Store.Location);
            }
        }
    }
}
