using System.Collections.Immutable;
using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Signers;

/// <summary>
/// The verified chain of trust records: who owns, who signs with which rights, who reads. Every record in it was checked against the one
/// before. The chain proves nothing about its first owner: that is what a pin or a passphrase slot is for. Immutable and thread-safe.
/// </summary>
/// <remarks>FORMAT.md, section 8.</remarks>
public sealed class TrustChain
{
    private readonly TrustState state;

    private TrustChain(RepositoryConfiguration configuration, ImmutableList<SignedRecord> records, ImmutableList<uint> epochs, TrustState state, TrustChainEnd? end)
    {
        Configuration = configuration;
        Records = records;
        Epochs = epochs;
        this.state = state;
        End = end;
    }

    /// <summary>The repository's configuration, whose hash record 1 holds.</summary>
    public RepositoryConfiguration Configuration { get; }

    /// <summary>The verified records, number 1 first.</summary>
    public ImmutableList<SignedRecord> Records { get; }

    /// <summary>Why the chain was not read further, or null if its last record is the newest there is.</summary>
    public TrustChainEnd? End { get; }

    /// <summary>Number of the newest record, 0 if there is none.</summary>
    public long Number => state.Number;

    /// <summary>SHA-256 of the newest record.</summary>
    public RecordHash Hash => state.Hash;

    /// <summary>Epoch that new data is sealed under.</summary>
    public uint Epoch => state.Epoch;

    /// <summary>Fingerprint of the owner that signed record 1: what is pinned.</summary>
    /// <exception cref="InvalidOperationException">The chain is empty.</exception>
    public KeyFingerprint FirstOwner => Records.IsEmpty ? throw new InvalidOperationException("The chain is empty.") : Records[0].Signer;

    /// <summary>All owners there ever were, removed ones included.</summary>
    public IEnumerable<TrustOwner> Owners => state.Owners.Values;

    /// <summary>All signers there ever were, revoked ones included.</summary>
    public IEnumerable<TrustSigner> Signers => state.Signers.Values;

    /// <summary>All recipients there ever were, removed ones included.</summary>
    public IEnumerable<TrustRecipient> Recipients => state.Recipients.Values.OrderBy(recipient => recipient.TrustNumber);

    /// <summary>All slots there ever were, removed ones included.</summary>
    public IEnumerable<TrustSlot> Slots => state.Slots.Values;

    internal TrustState State => state;

    private ImmutableList<uint> Epochs { get; }

    /// <summary>A chain without any record.</summary>
    /// <param name="configuration">The repository's configuration.</param>
    public static TrustChain Empty(RepositoryConfiguration configuration) => new(configuration, [], [], TrustState.Empty, null);

    /// <summary>Checks the next record and adds it.</summary>
    /// <param name="record">The record that lies under the next number.</param>
    /// <exception cref="PortabilityException">The record does not verify: form, repository, number, link, signature, author's right or content.</exception>
    public TrustChain Append(SignedRecord record)
    {
        record.Require(RecordKind.Trust, Configuration.Id);
        TrustBody body = record.ReadBody(TrustJson.Default.TrustBody);
        TrustRules.Check(this, record, body);
        return new TrustChain(Configuration, Records.Add(record), Epochs.Add(body.Epoch), state.Apply(body, record.Hash), null);
    }

    /// <summary>The same chain, with the reason why it was not read further.</summary>
    /// <param name="end">The reason, or null to read on.</param>
    public TrustChain EndedBy(TrustChainEnd? end) => new(Configuration, Records, Epochs, state, end);

    /// <summary>The hash of a record of the chain.</summary>
    /// <param name="number">1 to <see cref="Number"/>.</param>
    /// <returns>The hash, or an empty one where there is no such record.</returns>
    public RecordHash HashOf(long number) => number >= 1 && number <= Number ? Records[(int)number - 1].Hash : default;

    /// <summary>Tells whether a key is an owner that was not removed.</summary>
    /// <param name="fingerprint">Fingerprint of the key.</param>
    public bool IsOwner(KeyFingerprint fingerprint) => state.IsOwner(fingerprint);

    /// <summary>A signer, admitted or revoked, or null for a key that was never admitted.</summary>
    /// <param name="fingerprint">Fingerprint of the key.</param>
    public TrustSigner? FindSigner(KeyFingerprint fingerprint) => state.Signers.GetValueOrDefault(TrustState.Key(fingerprint));

    /// <summary>The newest keyring sealed to a recipient, or null if there is none.</summary>
    /// <param name="recipient">Identifier of the recipient.</param>
    public WrappedKeyring? FindKeyring(RecordId recipient) => state.Keyrings.GetValueOrDefault(recipient);

    /// <summary>Tells whether a signer had the right for a record, revocations considered. Says nothing about the signature.</summary>
    /// <param name="signer">Fingerprint that the record names.</param>
    /// <param name="right">Right that this kind of record needs.</param>
    /// <param name="workload">Workload that the record concerns, if any.</param>
    /// <param name="number">The record's number in that workload, if it has one.</param>
    /// <param name="record">Hash of the record, for those without a number.</param>
    public bool HasRight(KeyFingerprint signer, SignerRights right, Guid? workload = null, long? number = null, RecordHash record = default) =>
        FindSigner(signer)?.Grants.Exists(grant => grant.Covers(right, workload, number, record)) ?? false;

    /// <summary>Tells whether a signer has any right now: enough for a lease.</summary>
    /// <param name="signer">Fingerprint of the key.</param>
    public bool HasAnyRight(KeyFingerprint signer) => FindSigner(signer) is { IsAdmitted: true } found && found.Rights != SignerRights.None;

    /// <summary>Tells whether a record counts: signed by the key it names, which had the right.</summary>
    /// <param name="record">A parsed record of this repository.</param>
    /// <param name="right">Right that this kind of record needs.</param>
    /// <param name="workload">Workload that the record concerns, if any.</param>
    /// <param name="number">The record's number in that workload, if it has one.</param>
    public bool Counts(SignedRecord record, SignerRights right, Guid? workload = null, long? number = null) =>
        record.RepositoryId == Configuration.Id
        && HasRight(record.Signer, right, workload, number, record.Hash)
        && record.IsSignedBy(FindSigner(record.Signer)!.Key);

    /// <summary>Checks the MAC of every record, which only holders of a key can.</summary>
    /// <param name="keyring">Keys of the repository.</param>
    /// <exception cref="IntegrityException">`TrustForged`: a record was signed by an owner key in the hands of someone without the keys.</exception>
    public void VerifyMacs(Keyring keyring)
    {
        for (int index = 1; index < Records.Count; index++)
        {
            TrustBody body = Records[index].ReadBody(TrustJson.Default.TrustBody);
            if (!body.Mac.IsEmpty && !TrustMac.IsRight(Records[index].Body.Span, body.Mac, keyring, Epochs[index - 1]))
            {
                throw new IntegrityException(
                    "TrustForged",
                    FormattableString.Invariant($"Failed to verify trust record {index + 1}: an owner signed it, but its MAC was not made with the keys of epoch {Epochs[index - 1]}."),
                    "Do not use this repository; compare Get-WorkloadRepositoryKey with a mirror and ask its owners.",
                    RepositoryNames.Trust(index + 1).ToString());
            }
        }
    }
}
