using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;

namespace Portability.Engine.Verification;

/// <summary>Tests what all else rests on: repository.json, the chain of trust from its first record, slots, and the identity of the store.</summary>
/// <remarks>FORMAT.md, sections 4 and 8.</remarks>
internal sealed class TrustCheck
{
    private const int MaximumSlotSize = 16 << 10;

    private readonly OpenRepository opened;
    private readonly FindingList findings;

    public TrustCheck(OpenRepository opened, FindingList findings)
    {
        this.opened = opened;
        this.findings = findings;
    }

    /// <summary>Reads the chain anew from its first record and compares it with what is known here.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A task that ends when it is done.</returns>
    public async Task CheckChainAsync(CancellationToken cancellationToken)
    {
        await CheckConfigurationAsync(cancellationToken).ConfigureAwait(false);
        TrustChain stored = await TrustReader.ReadAsync(opened.Store, TrustChain.Empty(opened.Configuration), cancellationToken).ConfigureAwait(false);
        if (stored.End is { } end)
        {
            bool there = BlobName.TryParse(end.Name, out BlobName name) && await opened.Store.GetLengthAsync(name, cancellationToken).ConfigureAwait(false) is not null;
            Add(there ? FindingKind.Damaged : FindingKind.Missing, end.Name, FormattableString.Invariant($"The chain of trust ends at number {stored.Number}: {end.Reason}"));
        }

        for (long number = 1; number <= Math.Min(stored.Number, opened.Trust.Number); number++)
        {
            if (stored.HashOf(number) != opened.Trust.HashOf(number))
            {
                Add(FindingKind.Exchanged, RepositoryNames.Trust(number).Value, "Another trust record was here when this repository was opened.");
            }
        }

        long seen = opened.Instance is { } instance ? opened.State?.ReadTrustSeen(opened.Id, instance.Id)?.Number ?? 0 : 0;
        seen = Math.Max(seen, opened.Trust.Number);
        if (stored.End is null && stored.Number < seen)
        {
            Add(FindingKind.RolledBack, RepositoryNames.Trust(stored.Number + 1).Value, FormattableString.Invariant($"Trust records up to {seen} were seen here, the store shows {stored.Number}."));
        }
        else if (stored.End is null && stored.Number > opened.Trust.Number)
        {
            await opened.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Compares slots with the hashes that trust records hold.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A task that ends when it is done.</returns>
    public async Task CheckSlotsAsync(CancellationToken cancellationToken)
    {
        TrustSlot[] slots = [.. opened.Trust.Slots.Where(slot => !slot.IsRemoved)];
        var missing = new List<BlobName>();
        foreach (TrustSlot slot in slots)
        {
            BlobName name = RepositoryNames.Slot(slot.Id);
            try
            {
                byte[]? bytes = await opened.Store.TryReadAllAsync(name, MaximumSlotSize, cancellationToken).ConfigureAwait(false);
                if (bytes is null)
                {
                    missing.Add(name);
                }
                else if (RecordHash.Of(bytes) is var hash && hash != slot.Hash)
                {
                    bool other = Array.Exists(slots, candidate => candidate.Hash == hash);
                    Add(other ? FindingKind.Exchanged : FindingKind.Damaged, name.Value, FormattableString.Invariant($"Its {bytes.Length} bytes have not the hash that the trust records hold: its passphrase opens nothing."));
                }
            }
            catch (IntegrityException exception)
            {
                findings.Add(exception, name.Value);
            }
        }

        // A copy made without its slots has none at all.
        foreach (BlobName name in missing)
        {
            Add(FindingKind.Missing, name.Value, "Trust records name this key slot, and it is not here: its passphrase opens nothing at this place.", isError: missing.Count < slots.Length);
        }
    }

    /// <summary>Reads the identity of the store anew.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A task that ends when it is done.</returns>
    public async Task CheckInstanceAsync(CancellationToken cancellationToken)
    {
        string name = RepositoryNames.Instance.Value;
        try
        {
            InstanceRecord? stored = await InstanceRecord.TryReadAsync(opened.Store, opened.Id, cancellationToken).ConfigureAwait(false);
            if (stored is null)
            {
                Add(FindingKind.Missing, name, "The record of the store's identity is not there.", isError: opened.Instance is not null);
            }
            else if (opened.Instance is { } known && known.Record.Hash != stored.Record.Hash)
            {
                Add(FindingKind.Exchanged, name, $"It names store {stored.Id:D} and a receipt key; when the repository was opened it was another record, of {known.Id:D}.");
            }
        }
        catch (PortabilityException exception) when (exception is not StorageException)
        {
            findings.Add(exception, name);
        }
    }

    private async Task CheckConfigurationAsync(CancellationToken cancellationToken)
    {
        string name = RepositoryNames.Configuration.Value;
        try
        {
            byte[]? bytes = await opened.Store.TryReadAllAsync(RepositoryNames.Configuration, RepositoryConfiguration.MaximumSize, cancellationToken).ConfigureAwait(false);
            if (bytes is null)
            {
                Add(FindingKind.Missing, name, "Without it the repository does not open.");
            }
            else if (RecordHash.Of(bytes) != opened.Configuration.Hash)
            {
                Add(FindingKind.Damaged, name, FormattableString.Invariant($"Its {bytes.Length} bytes have not the hash that trust record 1 holds."));
            }
        }
        catch (IntegrityException exception)
        {
            findings.Add(exception, name);
        }
    }

    private void Add(FindingKind kind, string name, string message, bool isError = true) =>
        findings.Add(new TestFinding { Kind = kind, ObjectName = name, Message = message, IsError = isError });
}
