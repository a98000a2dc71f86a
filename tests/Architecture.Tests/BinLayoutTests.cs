using Xunit;

namespace Portability.Architecture.Tests;

/// <summary>Contracts lies in PowerShell's context, the engine and all below it in its own, and neither in both.</summary>
public sealed class BinLayoutTests
{
    [Fact]
    public void Bin_holds_our_two_assemblies_and_nothing_else() =>
        Assert.Equal(["Portability.Contracts.dll", "Portability.Module.dll"], Names("bin"));

    [Fact]
    public void The_engine_folder_holds_the_engine_and_not_the_contracts()
    {
        string[] names = Names("bin/Engine");
        Assert.DoesNotContain("Portability.Contracts.dll", names);
        Assert.DoesNotContain("Portability.Module.dll", names);
        Assert.DoesNotContain("System.Management.Automation.dll", names);
        Assert.Superset(
            new HashSet<string>(StringComparer.Ordinal) { "Portability.Engine.dll", "Portability.Core.dll", "Portability.Disks.dll", "Portability.Repository.dll" },
            names.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public void Everything_that_the_manifest_names_is_there()
    {
        string manifest = File.ReadAllText(SourceTree.File("WorkloadPortability.psd1"));
        string[] named = [.. manifest.Split('\'').Where(part => part.StartsWith("bin/", StringComparison.Ordinal))];
        Assert.NotEmpty(named);
        Assert.All(named, file => Assert.True(File.Exists(SourceTree.File(file)), $"{file} is not built"));
        IEnumerable<string> views = SourceTree.Files("src/Portability.Module/Formatting", "*.ps1xml").Select(file => "bin/Formatting/" + Path.GetFileName(file));
        Assert.All(views, view => Assert.Contains(view, named));
    }

    private static string[] Names(string folder) =>
        [.. Directory.EnumerateFiles(SourceTree.File(folder), "*.dll").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];
}
