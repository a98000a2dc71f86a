using System.Management.Automation;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using Portability.Engine;
using Portability.Engine.Repositories;

namespace Portability.Module.Commands;

/// <summary>Connects to a repository: with a secret to read, without one to list, verify and sync.</summary>
[Cmdlet(VerbsCommunications.Connect, "WorkloadRepository", DefaultParameterSetName = KeylessSet)]
[OutputType(typeof(WorkloadRepository))]
public sealed class ConnectWorkloadRepositoryCommand : RepositoryCmdlet
{
    private const string KeylessSet = "Keyless";
    private const string PassphraseSet = "Passphrase";
    private const string CertificateSet = "Certificate";

    /// <summary>Place of the repository.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = "Directory or URI of the repository.")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>Passphrase that opens it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PassphraseSet, HelpMessage = HelpText.Passphrase)]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>Certificate that opens it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CertificateSet, HelpMessage = "Certificate with its private key.")]
    [ValidateNotNull]
    public X509Certificate2? Certificate { get; set; }

    /// <summary>Fingerprint of the owner.</summary>
    [Parameter(HelpMessage = "Fingerprint of the owner, learnt outside the repository. Needed once on each machine where nobody can be asked.")]
    [ValidatePattern("^[0-9a-fA-F:-]{64,95}$")]
    public string Fingerprint { get; set; } = string.Empty;

    /// <inheritdoc/>
    protected override void ProcessRecord() => WriteObject(Must(Path, () =>
    {
        var place = (WorkloadRepository)RepositoryTransformationAttribute.Transform(SessionState, Path);
        using EngineSecret? secret = Passphrase is not null ? EngineSecret.FromPassphrase(Passphrase)
            : Certificate is not null ? EngineSecret.FromCertificate(Certificate)
            : null;
        string fingerprint = Fingerprint.Replace(":", string.Empty, StringComparison.Ordinal);
        return Open((facade, sink, token) => facade.ConnectAsync(
            new ConnectRepositoryOptions
            {
                Path = place.Path,
                Secret = secret,
                Fingerprint = fingerprint,
                ConfirmOwner = (owner, cancel) => sink.AskAsync(
                    $"The owner of '{place.Path}' has the fingerprint {owner}. Compare it with what the owner told you. Trust it from now on?", "Owner of the repository", cancel),
            },
            sink,
            token));
    }));
}
