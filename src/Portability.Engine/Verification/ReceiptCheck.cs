using System.Globalization;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Receipts;
using Portability.Repository.Repositories;

namespace Portability.Engine.Verification;

/// <summary>Tests the receipts that a store keeps, and shows the newest one of a workload.</summary>
/// <remarks>FORMAT.md, section 15.</remarks>
internal sealed class ReceiptCheck
{
    private readonly OpenRepository opened;
    private readonly FindingList findings;
    private readonly RecordCheck records;

    public ReceiptCheck(RepositoryConnection connection, FindingList findings)
    {
        opened = connection.Opened;
        this.findings = findings;
        records = new RecordCheck(opened, findings);
    }

    /// <summary>Tests the receipts of a workload.</summary>
    /// <param name="workload">Workload.</param>
    /// <param name="highest">Highest number that stands or is accounted for.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A task that ends when it is done.</returns>
    public async Task CheckAsync(Guid workload, long highest, CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in opened.Store.ListAsync($"{RepositoryNames.ReceiptPrefix}{workload:D}/", cancellationToken).ConfigureAwait(false))
        {
            if (!RepositoryNames.TryParse(entry.Name, out RepositoryName name)
                || name.Kind != RepositoryNameKind.Receipt
                || await records.ReadAsync(entry.Name, cancellationToken).ConfigureAwait(false) is not { } record
                || !records.Counts(record, RecordKind.Receipt, SignerRights.None, receiptKey: true)
                || records.Place(record) is not { } body)
            {
                continue;
            }

            if (body.Workload != workload || body.Number != name.Number || body.Instance != opened.Instance?.Id)
            {
                records.Report(record, FindingKind.Exchanged, FormattableString.Invariant($"It is the receipt of number {body.Number} of workload {body.Workload:D} at store {body.Instance:D}."));
            }
            else if (name.Number > highest)
            {
                findings.Add(new TestFinding
                {
                    Kind = FindingKind.RolledBack,
                    ObjectName = RepositoryNames.Manifest(workload, name.Number).Value,
                    Message = string.Create(CultureInfo.InvariantCulture, $"This store signed that it holds snapshot {name.Number}; the newest one is now {highest}, and no tombstone says that it was removed."),
                    IsError = true,
                    IsDamage = true,
                });
            }
        }
    }

    /// <summary>The newest receipt that covers a snapshot.</summary>
    /// <param name="entry">Snapshot.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The receipt, or none.</returns>
    public async Task<SyncReceipt[]> ShowAsync(CatalogEntry entry, CancellationToken cancellationToken)
    {
        MirrorReceipt? newest = await MirrorReceipt.TryReadNewestAsync(opened, entry.Manifest.Workload, cancellationToken).ConfigureAwait(false);
        if (newest is null || newest.Number < entry.Manifest.Number)
        {
            return [];
        }

        return
        [
            new SyncReceipt
            {
                RepositoryId = opened.Id,
                InstanceId = newest.Instance,
                Name = entry.Manifest.Name,
                WorkloadId = newest.Workload,
                Sequence = newest.Number,
                SnapshotId = newest.Snapshot,
                SignerFingerprint = FingerprintConverter.ToHex(opened.Instance!.ReceiptKey.Fingerprint),
                IsVerified = newest.Number != entry.Manifest.Number || newest.Hash == entry.Record.Hash,
                CreatedUtc = newest.Received,
            },
        ];
    }
}
