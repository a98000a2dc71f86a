using System.Management.Automation;

namespace Portability.Module;

/// <summary>Runs when the module is imported and when it is removed, once a runspace each.</summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    /// <summary>Makes the engine loadable.</summary>
    /// <exception cref="InvalidOperationException">Another version of the module is loaded in this process.</exception>
    public void OnImport()
    {
        Version? module = typeof(ModuleInitializer).Assembly.GetName().Version;
        Version? contracts = typeof(PortabilityException).Assembly.GetName().Version;
        if (module != contracts)
        {
            throw new InvalidOperationException(
                $"Failed to import 'WorkloadPortability': version {contracts} of it is loaded in this process, this is {module}. Start a new PowerShell.");
        }

        EngineLoadContext.Register();
    }

    /// <summary>Closes what this runspace still has connected.</summary>
    /// <param name="psModuleInfo">The module as the runspace knew it.</param>
    public void OnRemove(PSModuleInfo psModuleInfo) => SessionConnections.Of(psModuleInfo).Clear();
}
