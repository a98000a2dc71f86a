using Portability.Core.Crypto;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>What a trust record must be before its changes are looked at: number, link, author, MAC.</summary>
/// <remarks>FORMAT.md, section 8.</remarks>
internal static class TrustRules
{
    /// <summary>Checks a record against the chain in front of it.</summary>
    /// <exception cref="InvalidFormatException">A rule is broken.</exception>
    /// <exception cref="IntegrityException">`TrustUnsigned`: the signature is not that of someone who may write it.</exception>
    public static void Check(TrustChain chain, SignedRecord record, TrustBody body)
    {
        body.RequireNoNulls();
        if (body.Number != chain.Number + 1)
        {
            throw TrustRefusal.Because(FormattableString.Invariant($"it has number {body.Number} where {chain.Number + 1} follows"));
        }

        if (body.Previous != chain.Hash)
        {
            throw TrustRefusal.Because($"it follows '{body.Previous}', the record in front of it is '{chain.Hash}'");
        }

        if (body.Number == 1)
        {
            CheckFirst(chain, record, body);
        }
        else
        {
            CheckLater(chain, record, body);
        }
    }

    private static void CheckFirst(TrustChain chain, SignedRecord record, TrustBody body)
    {
        if (body.Repository != chain.Configuration.Hash)
        {
            throw TrustRefusal.Because($"it was made for another repository.json, '{body.Repository}'");
        }

        if (!body.Mac.IsEmpty || body.RemoveOwners.Length + body.RemoveRecipients.Length + body.RemoveSlots.Length + body.RevokeSigners.Length > 0)
        {
            throw TrustRefusal.Because("the first record holds a MAC or removes something");
        }

        VerificationKey? author = body.AdmitOwners.Select(owner => VerificationKey.Read(owner.Key)).FirstOrDefault(key => key.Fingerprint == record.Signer);
        CheckSignature(record, author);
    }

    private static void CheckLater(TrustChain chain, SignedRecord record, TrustBody body)
    {
        if (body.Mac.IsEmpty && !body.ChangesSignersOnly)
        {
            throw TrustRefusal.Because("it changes more than signers, but holds no MAC");
        }

        if (chain.IsOwner(record.Signer))
        {
            CheckSignature(record, chain.State.Owners[TrustState.Key(record.Signer)].Key);
            return;
        }

        TrustSigner? author = chain.FindSigner(record.Signer);
        CheckSignature(record, author?.Key);
        CheckAdmission(chain, author!, body);
    }

    /// <summary>A signer with `admit` admits keys that were never known, with at most its own rights, and nothing else.</summary>
    private static void CheckAdmission(TrustChain chain, TrustSigner author, TrustBody body)
    {
        if (!body.ChangesSignersOnly || body.RevokeSigners.Length > 0 || body.Epoch != chain.Epoch)
        {
            throw TrustRefusal.Because($"signer {author.Fingerprint} may admit signers only");
        }

        foreach (TrustSignerBody admitted in body.AdmitSigners)
        {
            KeyFingerprint fingerprint = VerificationKey.Read(admitted.Key).Fingerprint;
            SignerRights rights = SignerRightNames.Read(admitted.Rights);
            bool covered = author.Grants.Exists(grant => grant.Stands
                && grant.Rights.HasFlag(SignerRights.Admit | rights)
                && (grant.Workloads is null || (admitted.Workloads is not null && grant.Workloads.IsSupersetOf(admitted.Workloads))));
            if (!covered || chain.FindSigner(fingerprint) is not null)
            {
                throw TrustRefusal.Because($"signer {author.Fingerprint} admits {fingerprint} with rights it has not, or a key that was known before");
            }
        }
    }

    private static void CheckSignature(SignedRecord record, VerificationKey? author)
    {
        if (author is null || !record.IsSignedBy(author))
        {
            throw new IntegrityException(
                "TrustUnsigned",
                $"Failed to verify trust record '{record.Name}': its signature is not that of an owner or a signer who may admit.",
                "Repair the repository from a mirror with Sync-WorkloadDelta; what stands in front of this record goes on to count.",
                record.Name);
        }
    }
}
