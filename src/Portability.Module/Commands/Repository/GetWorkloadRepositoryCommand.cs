using System.Management.Automation;
using Portability.Engine;
using Portability.Engine.Repositories;

namespace Portability.Module.Commands;

/// <summary>Shows the repositories that this session is connected to, as they are now.</summary>
[Cmdlet(VerbsCommon.Get, "WorkloadRepository")]
[OutputType(typeof(WorkloadRepository))]
public sealed class GetWorkloadRepositoryCommand : RepositoryCmdlet
{
    private const string Session = "this session";
    private const string Connect = "Connect it with Connect-WorkloadRepository.";

    /// <summary>Places; wildcards are accepted.</summary>
    [Parameter(Position = 0, HelpMessage = "Places of connected repositories. Wildcards are accepted. All when omitted.")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public string[] Path { get; set; } = [];

    /// <summary>Identifiers.</summary>
    [Parameter(HelpMessage = "Identifiers of repositories.")]
    public Guid[] Id { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        NamePatterns paths = NamePatterns.Of(Path.Select(Place));
        var missing = new HashSet<Guid>(Id);
        foreach (WorkloadRepository connected in Connections.All.Where(connected => paths.Match(connected.Path) && (Id.Length == 0 || Id.Contains(connected.Id))).ToArray())
        {
            missing.Remove(connected.Id);
            Each(connected, () => WriteObject(Run((_, token) =>
                new RepositoryFacade(EngineEnvironment.FromProcess()).GetAsync(Live(connected), token)) with { Connection = connected.Connection }));
        }

        WriteMissing(paths.Missing, "NotConnected", "repository", Session, Connect);
        WriteMissing(missing.Select(id => id.ToString("D")), "NotConnected", "repository", Session, Connect);
    }

    // A path without wildcards may be relative, as everywhere.
    private string Place(string path) =>
        WildcardPattern.ContainsWildcardCharacters(path) || path.Length == 0
            ? path
            : WildcardPattern.Escape(((WorkloadRepository)RepositoryTransformationAttribute.Transform(SessionState, path)).Path);
}
