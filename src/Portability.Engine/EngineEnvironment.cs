using Portability.Core.Crypto;
using Portability.Repository.Backends;

namespace Portability.Engine;

/// <summary>
/// All that the engine takes from the world around it, read once at the edge: nothing below reads the clock, the environment or
/// the user's name by itself. Tests and examples make one of their own with <c>with</c>.
/// </summary>
public sealed record EngineEnvironment
{
    /// <summary>Name of the environment variable that moves the state directory.</summary>
    public const string StateVariable = "PORTABILITY_STATE";

    private const string StateFolder = "WorkloadPortability";

    /// <summary>Full path of the directory of keys, pins, last-seen records and caches; made when it is first needed.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>Where time comes from.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Name that keys made here are given, such as `anna@host1`.</summary>
    public string UserName { get; init; } = string.Empty;

    /// <summary>Threads that hash, compress and seal at once; 1 or more.</summary>
    public int WorkerCount { get; init; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>Where ids, keys and nonces come from.</summary>
    internal RandomSource Random { get; init; } = RandomSource.System;

    /// <summary>Stands between the engine and each store that it opens: tests count there, cut and damage.</summary>
    internal Func<IBlobStore, IBlobStore> Intercept { get; init; } = static store => store;

    /// <summary>Reads the environment of this process.</summary>
    /// <returns>The state directory of `PORTABILITY_STATE`, else the platform's usual one; the system's clock and random source.</returns>
    /// <exception cref="StorageException">`StateNotAbsolute`: `PORTABILITY_STATE` is no full path.</exception>
    public static EngineEnvironment FromProcess() => ForState(ResolveStateDirectory(Environment.GetEnvironmentVariable, OperatingSystem.IsWindows()));

    /// <summary>Makes an environment with a state directory of its own, for tests and examples.</summary>
    /// <param name="stateDirectory">Full path.</param>
    public static EngineEnvironment ForState(string stateDirectory) => new()
    {
        StateDirectory = Path.GetFullPath(stateDirectory),
        UserName = $"{Environment.UserName}@{Environment.MachineName}",
    };

    /// <summary>Decides the state directory from environment variables.</summary>
    /// <param name="variable">Returns a variable's value, or null.</param>
    /// <param name="windows">True for Windows' rule, false for the XDG base directory specification.</param>
    /// <exception cref="StorageException">`StateNotAbsolute`.</exception>
    internal static string ResolveStateDirectory(Func<string, string?> variable, bool windows)
    {
        if (variable(StateVariable) is { Length: > 0 } set)
        {
            // A relative one would be another directory, without keys and pins, wherever somebody stands.
            return Path.IsPathFullyQualified(set)
                ? Path.GetFullPath(set)
                : throw new StorageException(
                    "StateNotAbsolute",
                    ErrorKind.InvalidInput,
                    $"Failed to use the state directory '{set}' that {StateVariable} names: it is no full path.",
                    $"Set $env:{StateVariable} to a full path, or take it away with Remove-Item env:{StateVariable}.",
                    set);
        }

        if (windows)
        {
            string local = variable("LOCALAPPDATA") is { Length: > 0 } given
                ? given
                : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            return Path.Combine(local, StateFolder);
        }

        // The specification has relative paths ignored.
        string home = variable("HOME") is { Length: > 0 } own
            ? own
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        string root = variable("XDG_STATE_HOME") is { Length: > 0 } state && Path.IsPathRooted(state) ? state : Path.Combine(home, ".local", "state");
        return Path.Combine(root, StateFolder);
    }
}
