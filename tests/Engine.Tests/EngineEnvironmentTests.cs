using Xunit;

namespace Portability.Engine.Tests;

public sealed class EngineEnvironmentTests
{
    [Fact]
    public void The_variable_decides_first() =>
        Assert.Equal(Path.GetFullPath("/x/y"), Resolve(windows: false, ("PORTABILITY_STATE", "/x/y"), ("XDG_STATE_HOME", "/s"), ("HOME", "/h")));

    [Theory]
    [InlineData("x/y")]
    [InlineData("~/x")]
    [InlineData(".")]
    public void A_variable_without_a_full_path_is_refused(string set) =>
        Assert.Equal("StateNotAbsolute", Assert.Throws<StorageException>(() => Resolve(windows: false, ("PORTABILITY_STATE", set))).ErrorId);

    [Fact]
    public void Then_the_state_home() =>
        Assert.Equal(Path.Combine("/s", "WorkloadPortability"), Resolve(windows: false, ("XDG_STATE_HOME", "/s"), ("HOME", "/h")));

    [Fact]
    public void A_relative_state_home_is_ignored() =>
        Assert.Equal(Path.Combine("/h", ".local", "state", "WorkloadPortability"), Resolve(windows: false, ("XDG_STATE_HOME", "s"), ("HOME", "/h")));

    [Fact]
    public void Windows_uses_local_application_data() =>
        Assert.Equal(Path.Combine("/l", "WorkloadPortability"), Resolve(windows: true, ("LOCALAPPDATA", "/l"), ("XDG_STATE_HOME", "/s")));

    [Fact]
    public void A_secret_prints_as_stars()
    {
        using EngineSecret secret = EngineSecret.FromPassphrase("correct horse");
        Assert.Equal("***", secret.ToString());
    }

    private static string Resolve(bool windows, params (string Name, string Value)[] set) =>
        EngineEnvironment.ResolveStateDirectory(name => set.FirstOrDefault(pair => string.Equals(pair.Name, name, StringComparison.Ordinal)).Value, windows);
}
