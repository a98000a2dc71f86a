using System.Management.Automation;
using Portability.Engine;
using Portability.Engine.Repositories;

namespace Portability.Module.Commands;

/// <summary>Shows who may read, write and change trust in a repository. Needs no key.</summary>
[Cmdlet(VerbsCommon.Get, "WorkloadRepositoryKey")]
[OutputType(typeof(WorkloadRepositoryKey))]
public sealed class GetWorkloadRepositoryKeyCommand : RepositoryCmdlet
{
    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Repository)]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Repository { get; set; } = new();

    /// <summary>Names of keys.</summary>
    [Parameter(Position = 1, HelpMessage = "Names of keys. Wildcards are accepted. All when omitted.")]
    [SupportsWildcards]
    public string[] Name { get; set; } = [];

    /// <summary>Kinds of keys.</summary>
    [Parameter(HelpMessage = "Kinds of keys: Passphrase, Certificate, Signer, Owner. All when omitted.")]
    public RepositoryKeyKind[] Kind { get; set; } = [];

    /// <summary>Shows revoked keys too.</summary>
    [Parameter(HelpMessage = "Show keys that were removed too.")]
    public SwitchParameter IncludeRevoked { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Each(Repository, () =>
    {
        WorkloadRepository repository = Connected(Repository);
        NamePatterns names = NamePatterns.Of(Name);
        foreach (WorkloadRepositoryKey key in Run((_, token) => new RepositoryFacade(EngineEnvironment.FromProcess()).GetKeysAsync(Live(repository), token)))
        {
            if ((IncludeRevoked || !key.IsRevoked) && names.Match(key.Name) && (Kind.Length == 0 || Kind.Contains(key.Kind)))
            {
                WriteObject(key with { Connection = repository.Connection });
            }
        }

        WriteMissing(
            names.Missing, "KeyNotFound", "key", repository.Path, "List all with Get-WorkloadRepositoryKey -IncludeRevoked.");
    });
}
