using System.Management.Automation;
using System.Security;
using Portability.Engine;
using Portability.Engine.Repositories;

namespace Portability.Module.Commands;

/// <summary>Removes a recipient, signer or owner. What was sealed before stays readable to whoever kept the key.</summary>
[Cmdlet(VerbsCommon.Remove, "WorkloadRepositoryKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = KeySet)]
[OutputType(typeof(void), typeof(WorkloadRepositoryKey))]
public sealed class RemoveWorkloadRepositoryKeyCommand : RepositoryCmdlet
{
    private const string KeySet = "Key";
    private const string NameSet = "Name";

    /// <summary>The key.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = KeySet, HelpMessage = "Key, as Get-WorkloadRepositoryKey emits it.")]
    public WorkloadRepositoryKey[] Key { get; set; } = [];

    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NameSet, HelpMessage = HelpText.Repository)]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Repository { get; set; } = new();

    /// <summary>Names of keys.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NameSet, HelpMessage = "Names of keys. Wildcards are accepted.")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>Passphrase of the owner.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpText.OwnerPassphrase)]
    [ValidateNotNull]
    public SecureString? OwnerPassphrase { get; set; }

    /// <summary>Emits what was removed.</summary>
    [Parameter(HelpMessage = HelpText.PassThru)]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (WorkloadRepositoryKey key in Key.Length > 0 ? Key : Must(Repository, Named))
        {
            Each(key, () => Remove(key));
        }
    }

    private WorkloadRepositoryKey[] Named()
    {
        WorkloadRepository repository = Connected(Repository);
        NamePatterns names = NamePatterns.Of(Name);
        IReadOnlyList<WorkloadRepositoryKey> all = Run((_, token) => new RepositoryFacade(EngineEnvironment.FromProcess()).GetKeysAsync(Live(repository), token));
        WorkloadRepositoryKey[] found = [.. all.Where(key => !key.IsRevoked && names.Match(key.Name)).Select(key => key with { Connection = repository.Connection })];
        WriteMissing(names.Missing, "KeyNotFound", "key", repository.Path, "List the keys that stand with Get-WorkloadRepositoryKey.");
        return found;
    }

    private void Remove(WorkloadRepositoryKey key)
    {
        WorkloadRepository repository = Connected(key);
        if (!ShouldProcess(repository.Path, $"Remove {key.Kind} key '{key.Name}' ({key.Fingerprint})"))
        {
            return;
        }

        using var owner = EngineSecret.FromPassphrase(OwnerPassphrase!);
        var options = new RemoveKeyOptions { Kind = key.Kind, Fingerprint = key.Fingerprint, OwnerPassphrase = owner };
        Run((sink, token) => new RepositoryFacade(EngineEnvironment.FromProcess()).RemoveKeyAsync(Live(repository), options, sink, token));
        if (PassThru)
        {
            WriteObject(key);
        }
    }
}
