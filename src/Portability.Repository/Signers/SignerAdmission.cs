using Portability.Core.Crypto;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>The line that an owner types to admit a signing key. It runs as it is printed.</summary>
public static class SignerAdmission
{
    private const int NameDigits = 8;
    private const string Quotes = "'\u2018\u2019\u201A\u201B";

    /// <summary>Makes the line.</summary>
    /// <param name="place">Where the repository of the owner is.</param>
    /// <param name="signer">The key to admit.</param>
    /// <param name="right">What it shall be allowed.</param>
    /// <param name="workload">Name or id of the one workload that it is for; null for every workload.</param>
    /// <returns>A command for PowerShell; the name of the key is a proposal made of its fingerprint.</returns>
    public static string Command(string place, VerificationKey signer, SignerRights right, string? workload) =>
        $"Add-WorkloadRepositoryKey -Repository {Quote(place)} -Signer {Convert.ToBase64String(signer.SubjectPublicKeyInfo.Span)} -Right {right}"
        + (workload is null ? string.Empty : $" -Workload {Quote(workload)}")
        + $" -Name signer-{FingerprintConverter.ToHex(signer.Fingerprint)[..NameDigits]} -OwnerPassphrase (Read-Host -AsSecureString)";

    /// <summary>A place or name as it is typed in PowerShell, which takes four curly quotes for straight ones.</summary>
    /// <param name="text">The place or name.</param>
    internal static string Quote(string text) => "'" + string.Concat(text.Select(letter => Quotes.Contains(letter) ? new string(letter, 2) : letter.ToString())) + "'";
}
