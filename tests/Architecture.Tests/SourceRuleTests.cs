using System.Text.RegularExpressions;
using Xunit;

namespace Portability.Architecture.Tests;

/// <summary>Rules that hold for the text of the sources, whatever the analyzers think.</summary>
public sealed partial class SourceRuleTests
{
    private const int HardStop = 600;

    private static readonly string[] Pure = ["Portability.Contracts", "Portability.Core", "Portability.Disks", "Portability.Repository"];

    [Fact]
    public void No_file_is_longer_than_the_hard_stop()
    {
        string[] folders = ["src", "tests", "examples", "bench"];
        string[] longer = [.. folders
            .SelectMany(folder => SourceTree.Files(folder, "*.cs"))
            .Select(file => (File: SourceTree.Relative(file), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > HardStop)
            .Select(file => $"{file.File}: {file.Lines} lines")];
        Assert.Empty(longer);
    }

    [Fact]
    public void Nothing_below_the_engine_reads_clock_environment_or_console() =>
        Assert.Empty(Pure.SelectMany(project => Hits(project, Impure())));

    [Fact]
    public void Chance_comes_from_one_folder_only() =>
        Assert.Empty(Pure.SelectMany(project => Hits(project, Chance()))
            .Where(hit => !hit.StartsWith("src/Portability.Core/Crypto/", StringComparison.Ordinal)));

    [Fact]
    public void Sockets_are_opened_only_where_they_belong() =>
        Assert.Empty(SourceTree.Projects().SelectMany(project => Hits(project, Sockets()))
            .Where(hit => !SocketFolders().IsMatch(hit)));

    [Fact]
    public void Only_the_module_knows_PowerShell() =>
        Assert.Empty(SourceTree.Projects().Where(project => project is not "Portability.Module").SelectMany(project => Hits(project, PowerShell())));

    [Fact]
    public void No_source_is_unfinished() =>
        Assert.Empty(SourceTree.Projects().SelectMany(project => Hits(project, Unfinished())));

    [Fact]
    public void No_type_has_a_name_that_says_nothing() =>
        Assert.Empty(SourceTree.Projects().SelectMany(project => Hits(project, EmptyNames())));

    [Fact]
    public void Each_assembly_has_a_page_that_says_what_it_is_for() =>
        Assert.All(SourceTree.Projects(), project =>
        {
            string page = SourceTree.File("src", project, "README.md");
            Assert.True(File.Exists(page), $"{project} has no README.md");
            string text = File.ReadAllText(page);
            Assert.InRange(text.Split('\n').Length, 8, 80);
            Assert.Contains("**Job.**", text, StringComparison.Ordinal);
            Assert.Contains("**Must not know.**", text, StringComparison.Ordinal);
            Assert.Contains("**Main types**", text, StringComparison.Ordinal);
        });

    private static IEnumerable<string> Hits(string project, Regex pattern)
    {
        foreach (string file in SourceTree.Files(Path.Combine("src", project), "*.cs"))
        {
            int line = 0;
            foreach (string text in File.ReadLines(file))
            {
                line++;
                if (pattern.IsMatch(Comment().Replace(text, string.Empty)))
                {
                    yield return $"{SourceTree.Relative(file)}:{line}: {text.Trim()}";
                }
            }
        }
    }

    [GeneratedRegex(@"(?<=^|\s)//.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(DateTime|DateTimeOffset)\.(Utc)?Now\b|\bDateTime\.Today\b|\bTimeProvider\.System\b|\bStopwatch\b|\bEnvironment\.|\bConsole\.")]
    private static partial Regex Impure();

    [GeneratedRegex(@"\bGuid\.(NewGuid|CreateVersion7)\b|\bRandom\.Shared\b|\bnew Random\b|\bRandomNumberGenerator\b")]
    private static partial Regex Chance();

    [GeneratedRegex(@"\bnew (Socket|TcpClient|TcpListener|HttpClient|UdpClient)\b|\bSystem\.Net\.Sockets\b")]
    private static partial Regex Sockets();

    [GeneratedRegex(@"/(Backends|Nbd|Platforms|Wire)/|^src/Portability\.Platforms/")]
    private static partial Regex SocketFolders();

    [GeneratedRegex(@"\bSystem\.Management\.Automation\b")]
    private static partial Regex PowerShell();

    [GeneratedRegex(@"\bNotImplementedException\b|\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK)\b|catch\s*(\(\s*Exception\s*\))?\s*\{\s*\}")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"\b(class|struct|record|interface|enum)\s+\w*(Manager|Helper|Helpers|Util|Utils|Utilities|Processor)\b")]
    private static partial Regex EmptyNames();
}
