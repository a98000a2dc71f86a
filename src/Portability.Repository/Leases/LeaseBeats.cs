using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Leases;

/// <summary>Puts the beats of one lease, one after the other, and finds out if it was shut out. One caller at a time.</summary>
/// <remarks>FORMAT.md, section 13: the last two beats stay; a beat that somebody else put ends the lease.</remarks>
internal sealed class LeaseBeats
{
    private const int Tries = 64;

    private readonly OpenRepository repository;
    private readonly RecordSigner signer;
    private long before = -1;

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
        bool found = false, later = false;
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.LeaseFolder(Current.Lease), cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.Lease)
            {
                found |= parts.Number == Current.Beat;
                later |= parts.Number > Current.Beat;
            }
        }

        if (!found || (later && await LeaseDirectory.ReadAsync(repository, Current.Lease, cancellationToken).ConfigureAwait(false) is { } newest && newest.Beat > Current.Beat))
        {
            throw LeaseErrors.ShutOut(Current.Lease, repository.Store.Location);
        }
    }

    /// <summary>Puts the next beat and removes the one before the last.</summary>
    /// <exception cref="RepositoryLockedException">`WriterShutOut`.</exception>
    public Task PutAsync(long generation, bool ended, CancellationToken cancellationToken) => PutAsync(generation, ended, Current.Takes, cancellationToken);

    /// <summary>As the other one, and takes another name from now on.</summary>
    /// <exception cref="RepositoryLockedException">`WriterShutOut`.</exception>
    public async Task PutAsync(long generation, bool ended, BlobName? takes, CancellationToken cancellationToken)
    {
        long last = Current.Beat;
        for (int tried = 0; tried < Tries; tried++)
        {
            LeaseState next = Current with { Beat = last + 1 + tried, Generation = generation, IsEnded = ended, Takes = takes };
            if (await TryPutAsync(next, cancellationToken).ConfigureAwait(false))
            {
                if (before >= 0)
                {
                    await repository.Store.DeleteAsync(RepositoryNames.Lease(Current.Lease, before), cancellationToken).ConfigureAwait(false);
                }

                before = last;
                Current = next;
                return;
            }
        }

        throw LeaseErrors.ShutOut(Current.Lease, repository.Store.Location);
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

    // False if something that does not count lies under the beat's name.
    private async Task<bool> TryPutAsync(LeaseState beat, CancellationToken cancellationToken)
    {
        SignedRecord record = beat.Sign(signer);
        BlobName name = RepositoryNames.Lease(beat.Lease, beat.Beat);
        if (await repository.Store.PutIfAbsentAsync(name, record.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Created)
        {
            return true;
        }

        byte[]? there = await repository.Store.TryReadAllAsync(name, LeaseDirectory.MaximumBeatSize, cancellationToken).ConfigureAwait(false);
        if (there is not null && there.AsSpan().SequenceEqual(record.Bytes.Span))
        {
            return true;
        }

        if (there is null || await LeaseDirectory.TryReadAsync(repository, beat.Lease, beat.Beat, cancellationToken).ConfigureAwait(false) is not null)
        {
            throw LeaseErrors.ShutOut(beat.Lease, repository.Store.Location);
        }

        return false;
    }
}
