using System.Management.Automation;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using Portability.Engine;
using Portability.Engine.Repositories;

namespace Portability.Module.Commands;

/// <summary>Adds someone who may read (a recipient), write (a signer) or change trust (an owner). Rewrites no data.</summary>
[Cmdlet(VerbsCommon.Add, "WorkloadRepositoryKey", SupportsShouldProcess = true, DefaultParameterSetName = PassphraseSet)]
[OutputType(typeof(WorkloadRepositoryKey))]
public sealed class AddWorkloadRepositoryKeyCommand : RepositoryCmdlet
{
    private const string PassphraseSet = "Passphrase";
    private const string CertificateSet = "Certificate";
    private const string SignerSet = "Signer";
    private const string OwnerSet = "Owner";

    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = HelpText.Repository)]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Repository { get; set; } = new();

    /// <summary>Passphrase that shall open what is sealed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PassphraseSet, HelpMessage = "Passphrase that shall open what is sealed.")]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>Certificate that shall open what is sealed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CertificateSet, HelpMessage = "Certificate whose private key shall open what is sealed; the public half is enough here.")]
    [ValidateNotNull]
    public X509Certificate2? Certificate { get; set; }

    /// <summary>Public key of the signer.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SignerSet, HelpMessage = "Public key of the machine that shall sign, as the error SignerNotAdmitted shows it there.")]
    [ValidateNotNullOrEmpty]
    public string Signer { get; set; } = string.Empty;

    /// <summary>What the signer may do.</summary>
    [Parameter(ParameterSetName = SignerSet, HelpMessage = "What the signer may do: Capture, Remove, Compact, Admit, or several of them. Capture when omitted.")]
    public SignerRights Right { get; set; } = SignerRights.Capture;

    /// <summary>Workloads that the signer may capture.</summary>
    [Parameter(ParameterSetName = SignerSet, HelpMessage = "Names of the workloads that the signer may capture. Every one when omitted.")]
    [ArgumentCompleter(typeof(WorkloadNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Workload { get; set; } = [];

    /// <summary>Passphrase that seals the key of the new owner.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OwnerSet, HelpMessage = "Passphrase that seals the key of one more owner.")]
    [ValidateNotNull]
    public SecureString? Owner { get; set; }

    /// <summary>Passphrase that the new one replaces.</summary>
    [Parameter(ParameterSetName = PassphraseSet, HelpMessage = "Passphrase that the new one takes the place of. What was captured before stays readable to whoever kept it.")]
    [ValidateNotNull]
    public SecureString? OldPassphrase { get; set; }

    /// <summary>Name of the key.</summary>
    [Parameter(Mandatory = true, HelpMessage = "Name that tells this key from others, such as dr-site or anna.")]
    [ValidateLength(1, 128)]
    public string Name { get; set; } = string.Empty;

    /// <summary>Passphrase of the owner.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PassphraseSet, HelpMessage = HelpText.OwnerPassphrase)]
    [Parameter(Mandatory = true, ParameterSetName = CertificateSet, HelpMessage = HelpText.OwnerPassphrase)]
    [Parameter(ParameterSetName = SignerSet, HelpMessage = HelpText.OwnerPassphrase + " A member with the right Admit adds signers without it.")]
    [Parameter(Mandatory = true, ParameterSetName = OwnerSet, HelpMessage = HelpText.OwnerPassphrase)]
    [ValidateNotNull]
    public SecureString? OwnerPassphrase { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Must<object?>(Repository, () =>
    {
        WorkloadRepository repository = Connected(Repository);
        if (ShouldProcess(repository.Path, $"Add {ParameterSetName.ToLowerInvariant()} key '{Name}'"))
        {
            WriteObject(Add(repository) with { Connection = repository.Connection });
        }

        return null;
    });

    private WorkloadRepositoryKey Add(WorkloadRepository repository)
    {
        using EngineSecret? passphrase = (Passphrase ?? Owner) is { } text ? EngineSecret.FromPassphrase(text) : null;
        using EngineSecret? certificate = Certificate is null ? null : EngineSecret.FromCertificate(Certificate);
        using EngineSecret? old = OldPassphrase is null ? null : EngineSecret.FromPassphrase(OldPassphrase);
        using EngineSecret? owner = OwnerPassphrase is null ? null : EngineSecret.FromPassphrase(OwnerPassphrase);
        if (old is not null)
        {
            var change = new ChangePassphraseOptions { OldPassphrase = old, NewPassphrase = passphrase!, Name = Name, OwnerPassphrase = owner };
            return Run((sink, token) => new RepositoryFacade(EngineEnvironment.FromProcess()).ChangePassphraseAsync(Live(repository), change, sink, token));
        }

        var options = new AddKeyOptions
        {
            Kind = Enum.Parse<RepositoryKeyKind>(ParameterSetName),
            Name = Name,
            Secret = passphrase ?? certificate,
            PublicKey = Signer,
            Rights = Right,
            Workloads = Workload,
            OwnerPassphrase = owner,
        };
        return Run((_, token) => new RepositoryFacade(EngineEnvironment.FromProcess()).AddKeyAsync(Live(repository), options, token));
    }
}
