using Portability.Core.Crypto;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>The line that an owner types to admit a signing key. It runs as it is printed.</summary>
public static class SignerAdmission
{
    private const int NameDigits = 8;

    /// <summary>Makes the line.</summary>
    /// <param name="place">Where the repository of the owner is.</param>
    /// <param name="signer">The key to admit.</param>
    /// <param name="right">What it shall be allowed.</param>
    /// <returns>A command for PowerShell; the name of the key is a proposal made of its fingerprint.</returns>
    public static string Command(string place, VerificationKey signer, SignerRights right) =>
        $"Add-WorkloadRepositoryKey -Repository {Quote(place)} -Signer {Convert.ToBase64String(signer.SubjectPublicKeyInfo.Span)} -Right {right}"
        + $" -Name signer-{FingerprintConverter.ToHex(signer.Fingerprint)[..NameDigits]} -OwnerPassphrase (Read-Host -AsSecureString)";

    /// <summary>A place as it is typed in PowerShell.</summary>
    /// <param name="place">The place.</param>
    internal static string Quote(string place) => "'" + place.Replace("'", "''", StringComparison.Ordinal) + "'";
}
