using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Engine.Verification;

/// <summary>Reads records and says of each that does not count why.</summary>
/// <remarks>FORMAT.md, section 5.</remarks>
internal sealed class RecordCheck
{
    public const int MaximumSize = 64 << 20;

    private static readonly SignerRights[] AllRights = [SignerRights.Capture, SignerRights.Remove, SignerRights.Compact, SignerRights.Admit];

    private readonly OpenRepository opened;
    private readonly FindingList findings;

    public RecordCheck(OpenRepository opened, FindingList findings)
    {
        this.opened = opened;
        this.findings = findings;
    }

    /// <summary>Reads and takes apart a record.</summary>
    /// <param name="name">Where it lies.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The record; null where it is gone or is none, which is then a finding.</returns>
    public async Task<SignedRecord?> ReadAsync(BlobName name, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? bytes = await opened.Store.TryReadAllAsync(name, MaximumSize, cancellationToken).ConfigureAwait(false);
            return bytes is null ? null : SignedRecord.Parse(bytes, name.Value);
        }
        catch (PortabilityException exception) when (exception is not StorageException)
        {
            findings.Add(exception, name.Value);
            return null;
        }
    }

    /// <summary>Judges kind, repository, signer and signature of a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="kind">What it must be.</param>
    /// <param name="rights">Rights of which one is enough; none of them where only the receipt key counts.</param>
    /// <param name="receiptKey">True if the receipt key of this store counts as well.</param>
    /// <param name="workload">Workload that its name says.</param>
    /// <param name="number">Number that its name says.</param>
    /// <returns>True if it counts; else a finding says why not.</returns>
    public bool Counts(SignedRecord record, RecordKind kind, SignerRights rights, bool receiptKey, Guid? workload = null, long? number = null)
    {
        if (record.Kind != kind || record.RepositoryId != opened.Id)
        {
            Report(record, FindingKind.Exchanged, $"It is a {record.Kind} record of repository {record.RepositoryId:D} where a {kind} record of {opened.Id:D} belongs.");
            return false;
        }

        if (receiptKey && opened.Instance is { } instance && record.IsSignedBy(instance.ReceiptKey))
        {
            return true;
        }

        if (AllRights.Any(right => rights.HasFlag(right) && opened.Trust.Counts(record, right, workload, number)))
        {
            return true;
        }

        VerificationKeyOf(record, out bool known, out bool signed);
        if (known && !signed)
        {
            Report(record, FindingKind.Damaged, "Its signature does not fit its bytes.");
        }
        else
        {
            string fact = known ? $"has not the right {rights} for it" : "is admitted by no trust record";
            Report(record, FindingKind.NotAdmitted, $"It was signed by key {FingerprintConverter.ToHex(record.Signer)}, which {fact}; it counts as absent.");
        }

        return false;
    }

    /// <summary>Reads what a record says of its own place.</summary>
    /// <param name="record">A record that counts.</param>
    /// <returns>The place; null where the body does not read, which is then a finding.</returns>
    public RecordPlace? Place(SignedRecord record)
    {
        try
        {
            return record.ReadBody(VerificationJson.Default.RecordPlace);
        }
        catch (PortabilityException exception)
        {
            findings.Add(exception, record.Name!);
            return null;
        }
    }

    /// <summary>Reports a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="kind">What is wrong.</param>
    /// <param name="message">The same with its facts.</param>
    public void Report(SignedRecord record, FindingKind kind, string message) =>
        findings.Add(new TestFinding { Kind = kind, ObjectName = record.Name!, Message = message, IsError = true });

    private void VerificationKeyOf(SignedRecord record, out bool known, out bool signed)
    {
        bool receipt = opened.Instance is { } instance && instance.ReceiptKey.Fingerprint == record.Signer;
        known = receipt || opened.Trust.FindSigner(record.Signer) is not null;
        signed = receipt
            ? record.IsSignedBy(opened.Instance!.ReceiptKey)
            : opened.Trust.FindSigner(record.Signer) is { } signer && record.IsSignedBy(signer.Key);
    }
}
