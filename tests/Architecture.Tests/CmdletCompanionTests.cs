using System.Xml.Linq;
using Xunit;

namespace Portability.Architecture.Tests;

/// <summary>Each cmdlet has its help page, its part of the help file, its Pester file and examples.</summary>
public sealed class CmdletCompanionTests
{
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";

    [Fact]
    public void Each_cmdlet_has_a_Pester_file() =>
        Assert.All(CmdletModel.All, cmdlet => Assert.True(File.Exists(SourceTree.File("tests", "Module.Tests", cmdlet.Name + ".Tests.ps1")), $"{cmdlet.Name} has no Pester file"));

    [Fact]
    public void Each_help_page_tells_every_parameter_and_shows_an_example() =>
        Assert.All(CmdletModel.All, cmdlet =>
        {
            string page = SourceTree.File("docs", "help", cmdlet.Name + ".md");
            Assert.True(File.Exists(page), $"{cmdlet.Name} has no help page");
            string text = File.ReadAllText(page);
            Assert.DoesNotContain("{{", text, StringComparison.Ordinal);
            Assert.All(cmdlet.Parameters, parameter => Assert.Contains($"### -{parameter.Name}\n", text, StringComparison.Ordinal));
            int examples = text.IndexOf("## EXAMPLES", StringComparison.Ordinal);
            Assert.True(examples > 0 && text.IndexOf("## PARAMETERS", StringComparison.Ordinal) is int end && text[examples..end].Contains(cmdlet.Name, StringComparison.Ordinal), $"{cmdlet.Name}: no example");
        });

    [Fact]
    public void No_help_page_is_left_over() =>
        Assert.Empty(SourceTree.Files("docs/help", "*-*.md").Select(file => Path.GetFileNameWithoutExtension(file)!).Except(CmdletModel.All.Select(cmdlet => cmdlet.Name), StringComparer.Ordinal));

    [Fact]
    public void The_help_file_tells_exactly_the_cmdlets_and_their_parameters()
    {
        XDocument help = XDocument.Load(SourceTree.File("en-US", "Portability.Module.dll-Help.xml"));
        Dictionary<string, XElement> commands = help.Root!.Elements(Command + "command")
            .ToDictionary(command => command.Element(Command + "details")!.Element(Command + "name")!.Value, StringComparer.Ordinal);
        Assert.Equal(CmdletModel.All.Select(cmdlet => cmdlet.Name), commands.Keys.Order(StringComparer.Ordinal));
        foreach (CmdletModel cmdlet in CmdletModel.All)
        {
            XElement command = commands[cmdlet.Name];
            Assert.False(string.IsNullOrWhiteSpace(command.Element(Command + "details")!.Element(Maml + "description")!.Value), $"{cmdlet.Name} has no synopsis");
            IEnumerable<string> told = command.Element(Command + "parameters")!.Elements(Command + "parameter").Select(parameter => parameter.Element(Maml + "name")!.Value);
            Assert.Empty(cmdlet.Parameters.Select(parameter => parameter.Name).Except(told, StringComparer.Ordinal));
            Assert.NotEmpty(command.Element(Command + "examples")!.Elements(Command + "example"));
        }
    }

    [Fact]
    public void Each_emitted_type_has_a_table_view_and_a_list_view()
    {
        List<(string Type, string Control)> views = [.. SourceTree.Files("src/Portability.Module/Formatting", "*.ps1xml")
            .SelectMany(file => XDocument.Load(file).Descendants("View"))
            .SelectMany(view => view.Descendants("TypeName").Select(type => (type.Value, view.Element("TableControl") is null ? "List" : "Table")))];
        foreach (Type type in CmdletModel.All.SelectMany(cmdlet => cmdlet.Output).Distinct().Where(EmittedTypeTests.Emitted.Contains))
        {
            Assert.Contains((type.FullName!, "Table"), views);
            Assert.Contains((type.FullName!, "List"), views);
        }
    }

    [Fact]
    public void Each_emitted_type_asks_for_enough_depth_in_a_remote_session()
    {
        XDocument types = XDocument.Load(SourceTree.File("src", "Portability.Module", "Formatting", "Portability.types.ps1xml"));
        IEnumerable<string> told = types.Descendants("Type")
            .Where(type => type.Descendants("NoteProperty").Any(note => note.Element("Name")!.Value == "SerializationDepth"))
            .Select(type => type.Element("Name")!.Value);
        Assert.Empty(EmittedTypeTests.Emitted.Select(type => type.FullName).Except(told, StringComparer.Ordinal));
    }

    [Fact]
    public void Views_name_only_properties_that_exist()
    {
        foreach (XElement view in SourceTree.Files("src/Portability.Module/Formatting", "*.ps1xml").SelectMany(file => XDocument.Load(file).Descendants("View")))
        {
            Type type = typeof(PortabilityException).Assembly.GetType(view.Descendants("TypeName").Single().Value, throwOnError: true)!;
            Assert.All(view.Descendants("PropertyName"), name => Assert.True(type.GetProperty(name.Value) is not null, $"{type.Name} has no {name.Value}"));
            foreach (XElement script in view.Descendants("ScriptBlock"))
            {
                foreach (System.Text.RegularExpressions.Match used in System.Text.RegularExpressions.Regex.Matches(script.Value.Split("ForEach-Object")[0], @"\$_\.(\w+)"))
                {
                    Assert.True(type.GetProperty(used.Groups[1].Value) is not null, $"{type.Name} has no {used.Groups[1].Value}");
                }
            }
        }
    }
}
