using Portability.Tests;
using Xunit;

namespace Portability.Engine.Tests;

public sealed class QuickStartTests
{
    [Fact]
    public void The_quick_start_captures_finds_damage_and_restores()
    {
        string output = ForeignTool.Check("dotnet", "run", Path.Combine(TestData.RepositoryRoot, "examples", "QuickStart.cs"));
        Assert.Contains("Captured web01#2", output, StringComparison.Ordinal);
        Assert.Contains("Found: Failed to read 'web01' snapshot 2", output, StringComparison.Ordinal);
        Assert.Contains("All is well", output, StringComparison.Ordinal);
    }
}
