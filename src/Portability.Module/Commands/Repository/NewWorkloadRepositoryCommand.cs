using System.Management.Automation;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using Portability.Engine;
using Portability.Engine.Repositories;

namespace Portability.Module.Commands;

/// <summary>Makes a repository, and connects to it.</summary>
[Cmdlet(VerbsCommon.New, "WorkloadRepository", SupportsShouldProcess = true, DefaultParameterSetName = PassphraseSet)]
[OutputType(typeof(WorkloadRepository))]
public sealed class NewWorkloadRepositoryCommand : RepositoryCmdlet
{
    private const string PassphraseSet = "Passphrase";
    private const string CertificateSet = "Certificate";

    /// <summary>Directory that does not exist or is empty.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "Directory of the repository; made when it does not exist, else it must be empty.")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>Passphrase that opens it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PassphraseSet, HelpMessage = "Passphrase that opens what is sealed. Without it, or another key, nothing can be read again.")]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>Certificate that opens it.</summary>
    [Parameter(ParameterSetName = PassphraseSet, HelpMessage = "Certificate whose private key opens what is sealed too.")]
    [Parameter(Mandatory = true, ParameterSetName = CertificateSet, HelpMessage = "Certificate whose private key opens what is sealed.")]
    [ValidateNotNull]
    public X509Certificate2? Certificate { get; set; }

    /// <summary>Passphrase of the owner key.</summary>
    [Parameter(ParameterSetName = PassphraseSet, HelpMessage = "Passphrase that seals the owner key. The passphrase of the repository does when omitted.")]
    [Parameter(Mandatory = true, ParameterSetName = CertificateSet, HelpMessage = "Passphrase that seals the owner key.")]
    [ValidateNotNull]
    public SecureString? OwnerPassphrase { get; set; }

    /// <summary>Unit of storage and deduplication, bytes.</summary>
    [Parameter(HelpMessage = "Unit of storage and deduplication in bytes: a power of two from 4KB to 4MB. It cannot be changed later.")]
    [PowerOfTwo(4 << 10, 4 << 20)]
    public int BlockSize { get; set; } = 64 << 10;

    /// <summary>Where equal blocks are stored once.</summary>
    [Parameter(HelpMessage = "Where equal blocks are stored once: in the whole Repository, or within one Workload. It cannot be changed later.")]
    public DedupScope DedupScope { get; set; }

    /// <summary>Hides exact sizes.</summary>
    [Parameter(HelpMessage = "Pad stored packs, so that their sizes tell less about what they hold. Costs space. It cannot be changed later.")]
    public SwitchParameter PadPacks { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        WorkloadRepository? made = Must<WorkloadRepository?>(Path, () =>
        {
            string place = FilePaths.Literal(SessionState, Path);
            if (!ShouldProcess(place, "Make repository"))
            {
                return null;
            }

            using EngineSecret? passphrase = Passphrase is null ? null : EngineSecret.FromPassphrase(Passphrase);
            using EngineSecret? certificate = Certificate is null ? null : EngineSecret.FromCertificate(Certificate);
            using EngineSecret? owner = OwnerPassphrase is null ? null : EngineSecret.FromPassphrase(OwnerPassphrase);
            var options = new NewRepositoryOptions
            {
                Path = place,
                Secret = passphrase ?? certificate!,
                SecondSecret = passphrase is null ? null : certificate,
                OwnerPassphrase = owner,
                BlockSize = BlockSize,
                DeduplicateByWorkload = DedupScope == DedupScope.Workload,
                PadPacks = PadPacks,
            };
            return Open((facade, sink, token) => facade.CreateAsync(options, sink, token));
        });
        if (made is not null)
        {
            WriteObject(made);
        }
    }
}
