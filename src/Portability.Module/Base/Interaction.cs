using System.Management.Automation.Host;

namespace Portability.Module;

/// <summary>Tells whether there is someone to ask.</summary>
internal static class Interaction
{
    /// <summary>Tells whether a question would reach a person.</summary>
    /// <param name="host">The host of the session.</param>
    /// <returns>False in jobs, remote endpoints without a console, and where input is redirected.</returns>
    public static bool IsPossible(PSHost host) =>
        Environment.UserInteractive
        && !Console.IsInputRedirected
        && !string.Equals(host.Name, "Default Host", StringComparison.Ordinal)
        && !Environment.GetCommandLineArgs().Any(argument => argument.StartsWith("-noni", StringComparison.OrdinalIgnoreCase));
}
