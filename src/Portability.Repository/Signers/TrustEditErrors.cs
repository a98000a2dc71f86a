using Portability.Core.Crypto;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>Makes the errors of changes to trust.</summary>
internal static class TrustEditErrors
{
    public static void RequireRecipient(TrustChain chain, RecordId id, string place)
    {
        if (!chain.Recipients.Any(recipient => recipient.Id == id && !recipient.IsRemoved))
        {
            throw Refused("RecipientNotFound", ErrorKind.NotFound, place, $"recipient {id} does not stand", "List the keys with Get-WorkloadRepositoryKey.");
        }
    }

    public static RepositoryException RecipientExists(string place, string name) => Refused(
        "RecipientExists", ErrorKind.Exists, place, $"the certificate given as '{name}' is a recipient already", "List the keys with Get-WorkloadRepositoryKey.");

    /// <summary>Keys of one kind that stand have different names, so that a name removes one of them. Compared without case.</summary>
    public static void RequireFreeRecipientName(TrustChain chain, string name, string place, RecordId? replaced = null) =>
        RequireFree(chain.Recipients.Where(recipient => !recipient.IsRemoved && recipient.Id != replaced).Select(recipient => recipient.Name), name, "recipient", place);

    public static void RequireFreeOwnerName(TrustChain chain, string name, string place) =>
        RequireFree(chain.Owners.Where(owner => !owner.IsRemoved).Select(owner => owner.Name), name, "owner", place);

    /// <summary>A signer that stands may be given more rights, under its name or another that is free.</summary>
    public static void RequireFreeSignerName(TrustChain chain, KeyFingerprint signer, string name, string place) =>
        RequireFree(chain.Signers.Where(other => other.IsAdmitted && other.Fingerprint != signer).Select(other => other.Name), name, "signer", place);

    public static RepositoryException LastRecipient(string place) => Refused(
        "LastRecipient",
        ErrorKind.InvalidInput,
        place,
        "without its last recipient nobody could read it",
        "Add another key with Add-WorkloadRepositoryKey before this one is removed.");

    public static RepositoryException RightsInvalid(string place) => Refused(
        "RightsInvalid", ErrorKind.InvalidInput, place, "a signer needs at least one right, for at least one workload", "Give -Right to Add-WorkloadRepositoryKey, and -Workload with at least one name or not at all.");

    public static RepositoryException SignerNotFound(string place, KeyFingerprint signer) => Refused(
        "SignerNotFound", ErrorKind.NotFound, place, $"signer {FingerprintConverter.ToHex(signer)} is not admitted", "List the keys with Get-WorkloadRepositoryKey.");

    public static RepositoryException LastSigner(string place) => Refused(
        "LastSigner",
        ErrorKind.InvalidInput,
        place,
        "without its last signer with the right capture no machine could write to it",
        "Admit another machine with Add-WorkloadRepositoryKey -Signer before this one is removed.");

    public static RepositoryException OwnerNotFound(string place, KeyFingerprint owner) => Refused(
        "OwnerNotFound", ErrorKind.NotFound, place, $"{FingerprintConverter.ToHex(owner)} is no owner", "List the keys with Get-WorkloadRepositoryKey.");

    public static RepositoryException LastOwner(string place) => Refused(
        "LastOwner",
        ErrorKind.InvalidInput,
        place,
        "without its last owner nobody could change its keys again",
        "Add another owner with Add-WorkloadRepositoryKey -Owner before this one is removed.");

    public static RepositoryException TooLarge(string place, int size) => Refused(
        "RecordTooLarge",
        ErrorKind.Limit,
        place,
        FormattableString.Invariant($"the change needs a record of {size} bytes, at most {TrustReader.MaximumRecordSize} are allowed"),
        "Split the change: name fewer workloads in one Add-WorkloadRepositoryKey or Remove-WorkloadRepositoryKey.");

    public static IntegrityException ChainEnded(TrustChainEnd end) => new(
        "TrustBroken",
        $"Failed to change keys: the trust record '{end.Name}' does not verify, and nothing behind it is read. {end.Reason}",
        "Repair it from a mirror with Sync-WorkloadDelta, or delete this object of the store if no mirror has a good one.",
        end.Name);

    public static RepositoryLockedException Busy(string place, int attempts) => new(
        "TrustBusy",
        ErrorKind.Locked,
        FormattableString.Invariant($"Failed to change keys of '{place}': {attempts} times another owner was faster."),
        "Run Add-WorkloadRepositoryKey or Remove-WorkloadRepositoryKey again.",
        place,
        isTransient: true);

    private static void RequireFree(IEnumerable<string> taken, string name, string kind, string place)
    {
        if (taken.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw Refused(
                "KeyNameTaken",
                ErrorKind.Exists,
                place,
                $"another {kind} has the name '{name}'",
                "Give another -Name, or remove that key first with Remove-WorkloadRepositoryKey.");
        }
    }

    private static RepositoryException Refused(string errorId, ErrorKind kind, string place, string fact, string recommendedAction) =>
        new(errorId, kind, $"Failed to change keys of '{place}': {fact}.", recommendedAction, place);
}
