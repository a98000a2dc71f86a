using Portability.Core.Crypto;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>Makes the errors of owners, signers and trust records, so that each reads the same wherever it is found.</summary>
internal static class TrustErrors
{
    /// <summary>The store shows fewer trust records than were seen.</summary>
    public static RepositoryException RolledBack(string place, long shown, long seen) => new(
        "TrustRolledBack",
        ErrorKind.Integrity,
        FormattableString.Invariant($"Failed to trust '{place}': it shows {shown} trust records, {seen} were seen before."),
        "Restore the missing trust records from a mirror with Sync-WorkloadDelta; somebody may have put back an old state of the store.",
        place);

    /// <summary>The store shows another trust record under a number than was seen.</summary>
    public static RepositoryException Forked(string place, long number) => new(
        "TrustForked",
        ErrorKind.Integrity,
        FormattableString.Invariant($"Failed to trust '{place}': trust record {number} is not the one that was seen before."),
        "Do not use this repository; compare Get-WorkloadRepositoryKey with a mirror and ask its owners.",
        place);

    /// <summary>No owner is pinned, and nothing vouches for the one that the store shows.</summary>
    public static RepositoryException OwnerNotPinned(string place, KeyFingerprint owner, bool withCertificate) => new(
        "OwnerNotPinned",
        ErrorKind.Denied,
        $"Failed to open the repository '{place}': its owner's fingerprint is {FingerprintConverter.ToHex(owner)}, and this machine has not pinned it.",
        $"Compare the fingerprint with the one that the owner has, then type: Connect-WorkloadRepository -Path {SignerAdmission.Quote(place)}{(withCertificate ? " -Certificate $certificate" : string.Empty)} -Fingerprint {FingerprintConverter.ToHex(owner)}",
        FingerprintConverter.ToHex(owner));

    /// <summary>Another owner than the pinned one.</summary>
    public static RepositoryException OwnerChanged(string place, KeyFingerprint shown, KeyFingerprint pinned) => new(
        "OwnerChanged",
        ErrorKind.Integrity,
        $"Failed to trust '{place}': its owner's fingerprint is {FingerprintConverter.ToHex(shown)}, pinned is {FingerprintConverter.ToHex(pinned)}.",
        "Do not use this repository unless its owners confirm the change; then pin the new one with Connect-WorkloadRepository -Fingerprint.",
        place);

    /// <summary>The one error for every secret that opens nothing.</summary>
    public static RepositoryException WrongSecret(string place) => new(
        "WrongSecret",
        ErrorKind.BadKey,
        $"Failed to open the repository '{place}': the secret does not fit.",
        "Give the right secret to Connect-WorkloadRepository, or connect without one to list and verify.",
        place);

    /// <summary>No slot is in this store.</summary>
    public static RepositoryException SlotsAbsent(string place) => new(
        "KeySlotsAbsent",
        ErrorKind.NotFound,
        $"Failed to open the repository '{place}': this store holds no passphrase slots.",
        "Copy them with Sync-WorkloadDelta without -WithoutKey, or use a certificate with Connect-WorkloadRepository -Certificate.",
        place);

    /// <summary>The member's signing key has no right.</summary>
    public static RepositoryException SignerNotAdmitted(string place, VerificationKey signer, SignerRights right, string? workload) => new(
        "SignerNotAdmitted",
        ErrorKind.Denied,
        $"Failed to write to '{place}': the signing key of this machine, {FingerprintConverter.ToHex(signer.Fingerprint)}, is not admitted with the right {right}{(workload is null ? string.Empty : $" for the workload '{workload}'")}.",
        $"Let an owner type: {SignerAdmission.Command(place, signer, right, workload)}",
        FingerprintConverter.ToHex(signer.Fingerprint));
}
