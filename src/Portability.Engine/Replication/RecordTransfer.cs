using Portability.Engine.Repositories;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;

namespace Portability.Engine.Replication;

/// <summary>Sends the records that stand beside snapshots: registrations, homes, verified records, substitutions. Each is checked by its signature first.</summary>
/// <remarks>FORMAT.md, sections 12, 14, 15 and 16. They come after the runs, and before the manifests that are read with them.</remarks>
internal sealed class RecordTransfer
{
    private const int MaximumRecordSize = 65 << 20;
    private readonly OpenRepository origin;
    private readonly OpenRepository destination;
    private readonly TransferTotals totals;
    private readonly bool verifyAll;

    public RecordTransfer(RepositoryConnection origin, RepositoryConnection destination, TransferTotals totals, bool verifyAll)
    {
        this.origin = origin.Opened;
        this.destination = destination.Opened;
        this.totals = totals;
        this.verifyAll = verifyAll;
    }

    /// <summary>Sends what is missing, and repairs what is damaged.</summary>
    /// <param name="isWanted">Tells which workloads are synced.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">A store failed.</exception>
    public async Task RunAsync(Func<Guid, bool> isWanted, CancellationToken cancellationToken)
    {
        await SendAsync(RepositoryNames.WorkloadPrefix, isWanted, cancellationToken).ConfigureAwait(false);
        await SendAsync(RepositoryNames.VerifiedPrefix, isWanted, cancellationToken).ConfigureAwait(false);
        await SendAsync(RepositoryNames.SubstitutionPrefix, isWanted, cancellationToken).ConfigureAwait(false);
    }

    private async Task SendAsync(string prefix, Func<Guid, bool> isWanted, CancellationToken cancellationToken)
    {
        var there = new Dictionary<BlobName, long>();
        await foreach (BlobEntry entry in destination.Store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            there.Add(entry.Name, entry.Length);
        }

        var missing = new List<(BlobName Name, RepositoryName Parts, bool IsThere)>();
        await foreach (BlobEntry entry in origin.Store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            bool isThere = there.TryGetValue(entry.Name, out long length);
            if ((!isThere || length != entry.Length || verifyAll)
                && RepositoryNames.TryParse(entry.Name, out RepositoryName parts)
                && (parts.Workload == Guid.Empty || isWanted(parts.Workload)))
            {
                missing.Add((entry.Name, parts, isThere));
            }
        }

        foreach ((BlobName name, RepositoryName parts, bool isThere) in missing)
        {
            await SendAsync(name, parts, isThere, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(BlobName name, RepositoryName parts, bool isThere, CancellationToken cancellationToken)
    {
        byte[]? bytes = await origin.Store.TryReadAllAsync(name, MaximumRecordSize, cancellationToken).ConfigureAwait(false);
        if (bytes is null || !Counts(bytes, name, parts))
        {
            return;
        }

        if (isThere)
        {
            byte[]? known = await destination.Store.TryReadAllAsync(name, int.MaxValue, cancellationToken).ConfigureAwait(false);
            if (known is null || known.AsSpan().SequenceEqual(bytes) || IsRecord(known, name, parts))
            {
                return; // whole, or another one: which of the two is right is not for a sync to say
            }

            // Damage: nobody waits for this name, and the same bytes follow at once.
            await destination.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
            totals.AddObject(repair: true);
        }

        await destination.Store.PutIfAbsentAsync(name, bytes, cancellationToken).ConfigureAwait(false);
        totals.AddBytes(bytes.Length);
    }

    private bool Counts(byte[] bytes, BlobName name, RepositoryName parts)
    {
        try
        {
            SignedRecord record = SignedRecord.Parse(bytes, name.Value);
            TrustChain trust = destination.Trust;
            return parts.Kind switch
            {
                RepositoryNameKind.Registration => record.Kind == RecordKind.Registration && trust.Counts(record, SignerRights.Capture, parts.Workload),
                RepositoryNameKind.Home => record.Kind == RecordKind.Home && trust.Counts(record, SignerRights.Capture, parts.Workload),
                RepositoryNameKind.Substitution => record.Kind == RecordKind.Substitution && trust.Counts(record, SignerRights.Compact),
                RepositoryNameKind.Verified => record.Kind == RecordKind.Verified
                    && record.RepositoryId == destination.Id
                    && trust.HasAnyRight(record.Signer)
                    && record.IsSignedBy(trust.FindSigner(record.Signer)!.Key),
                _ => false,
            };
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or UnsupportedFeatureException)
        {
            return false; // rejected before it becomes visible; Test-WorkloadRepository at the origin reports it
        }
    }

    // A void that shuts out a compactor is a record too.
    private bool IsRecord(byte[] bytes, BlobName name, RepositoryName parts)
    {
        if (Counts(bytes, name, parts))
        {
            return true;
        }

        try
        {
            SignedRecord record = SignedRecord.Parse(bytes, name.Value);
            return record.Kind == RecordKind.Void
                && ((destination.Instance is { } instance && record.IsSignedBy(instance.ReceiptKey)) || destination.Trust.Counts(record, SignerRights.Compact));
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or UnsupportedFeatureException)
        {
            return false;
        }
    }
}
