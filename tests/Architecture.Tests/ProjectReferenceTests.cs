using System.Xml.Linq;
using Xunit;

namespace Portability.Architecture.Tests;

/// <summary>Holds the direction of dependencies: the exact list of what each project refers to.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> Projects = new(StringComparer.Ordinal)
    {
        ["Portability.Contracts"] = [],
        ["Portability.Core"] = ["Portability.Contracts"],
        ["Portability.Disks"] = ["Portability.Core"],
        ["Portability.FileSystems"] = ["Portability.Disks"],
        ["Portability.Repository"] = ["Portability.Core"],
        ["Portability.Engine"] = ["Portability.Contracts", "Portability.Disks", "Portability.FileSystems", "Portability.Repository"],
        ["Portability.Module"] = ["Portability.Contracts", "Portability.Engine"],
    };

    private static readonly Dictionary<string, string[]> Packages = new(StringComparer.Ordinal)
    {
        ["Portability.Module"] = ["PowerShellStandard.Library"],
        ["Portability.Repository"] = ["ZstdSharp.Port"],
    };

    [Fact]
    public void Src_holds_exactly_the_projects_of_the_list() =>
        Assert.Equal(Projects.Keys.Order(StringComparer.Ordinal), SourceTree.Projects());

    [Fact]
    public void Each_project_refers_to_exactly_what_the_list_allows()
    {
        foreach ((string project, string[] allowed) in Projects)
        {
            string[] found = [.. Items(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))];
            Assert.True(allowed.SequenceEqual(found.Order(StringComparer.Ordinal)), $"{project} refers to {string.Join(", ", found)}");
        }
    }

    [Fact]
    public void Each_project_uses_exactly_the_packages_of_the_list()
    {
        foreach (string project in Projects.Keys)
        {
            string[] allowed = Packages.GetValueOrDefault(project, []);
            string[] found = [.. Items(project, "PackageReference").Order(StringComparer.Ordinal)];
            Assert.True(allowed.SequenceEqual(found), $"{project} uses {string.Join(", ", found)}");
        }
    }

    [Fact]
    public void The_readme_says_why_each_package_is_there()
    {
        string readme = File.ReadAllText(SourceTree.File("README.md"));
        IEnumerable<string> central = XDocument.Load(SourceTree.File("Directory.Packages.props"))
            .Descendants("PackageVersion").Select(item => item.Attribute("Include")!.Value);
        Assert.All(central, package => Assert.Contains($"`{package}`", readme, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Items(string project, string kind) =>
        XDocument.Load(SourceTree.File("src", project, project + ".csproj"))
            .Descendants(kind).Select(item => item.Attribute("Include")!.Value);
}
