using Portability.Engine.Repositories;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Signers;

namespace Portability.Engine.Replication;

/// <summary>Sends what stands beside snapshots: registrations, homes, verified records, substitutions, and the runs that find blocks. Each is checked by its signature first.</summary>
/// <remarks>FORMAT.md, sections 12, 14, 15 and 16.</remarks>
internal sealed class RecordTransfer
{
    private const int MaximumRecordSize = 64 << 20;
    private const int MaximumRunSize = 512 << 20;
    private readonly RepositoryConnection origin;
    private readonly RepositoryConnection destination;
    private readonly TransferTotals totals;

    public RecordTransfer(RepositoryConnection origin, RepositoryConnection destination, TransferTotals totals)
    {
        this.origin = origin;
        this.destination = destination;
        this.totals = totals;
    }

    /// <summary>Sends what is missing.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">A store failed.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await SendRecordsAsync(RepositoryNames.WorkloadPrefix, SignerRights.Capture, cancellationToken).ConfigureAwait(false);
        await SendRecordsAsync(RepositoryNames.VerifiedPrefix, SignerRights.None, cancellationToken).ConfigureAwait(false);
        await SendRunsAsync(cancellationToken).ConfigureAwait(false);
        await SendRecordsAsync(RepositoryNames.SubstitutionPrefix, SignerRights.Compact, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HashSet<BlobName>> NamesAsync(string prefix, CancellationToken cancellationToken)
    {
        var names = new HashSet<BlobName>();
        await foreach (BlobEntry entry in destination.Store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            names.Add(entry.Name);
        }

        return names;
    }

    private async Task SendRecordsAsync(string prefix, SignerRights right, CancellationToken cancellationToken)
    {
        HashSet<BlobName> there = await NamesAsync(prefix, cancellationToken).ConfigureAwait(false);
        await foreach (BlobEntry entry in origin.Store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (there.Contains(entry.Name) || !RepositoryNames.TryParse(entry.Name, out RepositoryName parts))
            {
                continue;
            }

            byte[]? bytes = await origin.Store.TryReadAllAsync(entry.Name, MaximumRecordSize, cancellationToken).ConfigureAwait(false);
            if (bytes is not null && Counts(bytes, entry.Name, parts, right))
            {
                await destination.Store.PutIfAbsentAsync(entry.Name, bytes, cancellationToken).ConfigureAwait(false);
                totals.AddBytes(bytes.Length);
            }
        }
    }

    private bool Counts(byte[] bytes, BlobName name, RepositoryName parts, SignerRights right)
    {
        try
        {
            SignedRecord record = SignedRecord.Parse(bytes, name.Value);
            TrustChain trust = destination.Opened.Trust;
            Guid? workload = parts.Workload == Guid.Empty ? null : parts.Workload;
            return record.RepositoryId == destination.Opened.Id
                && (right == SignerRights.None
                    ? trust.HasAnyRight(record.Signer) && record.IsSignedBy(trust.FindSigner(record.Signer)!.Key)
                    : trust.Counts(record, right, workload));
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or UnsupportedFeatureException)
        {
            return false; // rejected before it becomes visible; Test-WorkloadRepository at the origin reports it
        }
    }

    private async Task SendRunsAsync(CancellationToken cancellationToken)
    {
        var there = new HashSet<ObjectId>();
        await foreach (BlobEntry entry in destination.Store.ListAsync(RepositoryNames.LocationPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts))
            {
                there.Add(parts.ObjectId);
            }
        }

        var objects = new StoredObjects(origin.Store);
        await foreach (BlobEntry entry in origin.Store.ListAsync(RepositoryNames.LocationPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.StoredObject
                && entry.Length <= MaximumRunSize && there.Add(parts.ObjectId)
                && await IsAdmittedAsync(objects, entry.Name, parts.ObjectId, cancellationToken).ConfigureAwait(false))
            {
                byte[]? bytes = await origin.Store.TryReadAllAsync(entry.Name, MaximumRunSize, cancellationToken).ConfigureAwait(false);
                if (bytes is not null)
                {
                    await destination.Store.PutIfAbsentAsync(entry.Name, bytes, cancellationToken).ConfigureAwait(false);
                    totals.AddBytes(bytes.Length);
                }
            }
        }
    }

    private async Task<bool> IsAdmittedAsync(StoredObjects objects, BlobName name, ObjectId id, CancellationToken cancellationToken)
    {
        try
        {
            (_, Core.Crypto.KeyFingerprint signer, _) = await LocationRun.ReadCoverageAsync(objects, origin.Opened.Id, id, name, cancellationToken).ConfigureAwait(false);
            TrustSigner? known = destination.Opened.Trust.FindSigner(signer);
            return known is not null && known.IsAdmitted && (known.Rights & (SignerRights.Capture | SignerRights.Compact)) != SignerRights.None
                && await LocationRun.IsSignedByAsync(objects, name, known.Key, cancellationToken).ConfigureAwait(false);
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException)
        {
            return false;
        }
    }
}
