using System.Reflection;
using Portability.Module;
using Xunit;

namespace Portability.Architecture.Tests;

/// <summary>Habits that every cmdlet keeps, as far as its signature shows them.</summary>
public sealed class CmdletRuleTests
{
    private static readonly string[] Changing =
        ["New", "Add", "Remove", "Register", "Unregister", "Set", "Optimize", "Restore", "Sync", "Convert", "Undo", "Mount", "Dismount", "Copy"];

    private static readonly string[] Severe = ["Remove", "Unregister", "Undo", "Complete"];

    [Fact]
    public void The_manifest_exports_exactly_the_cmdlets_of_the_assembly()
    {
        string manifest = File.ReadAllText(SourceTree.File("WorkloadPortability.psd1"));
        int start = manifest.IndexOf("CmdletsToExport", StringComparison.Ordinal);
        string list = manifest[start..manifest.IndexOf(')', start)];
        string[] exported = [.. list.Split('\'').Where(part => part.Contains('-', StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.Equal(CmdletModel.All.Select(cmdlet => cmdlet.Name), exported);
    }

    [Fact]
    public void Each_parameter_has_a_help_message() =>
        Assert.Empty(CmdletModel.All.SelectMany(cmdlet => cmdlet.Parameters
            .Where(parameter => parameter.HelpMessages.Any(string.IsNullOrWhiteSpace))
            .Select(parameter => $"{cmdlet.Name} -{parameter.Name}")));

    [Fact]
    public void Each_cmdlet_says_what_it_emits() =>
        Assert.All(CmdletModel.All, cmdlet => Assert.True(cmdlet.Output.Count > 0, $"{cmdlet.Name} has no OutputType"));

    [Fact]
    public void What_changes_something_can_be_asked_first() =>
        Assert.All(
            CmdletModel.All.Where(cmdlet => Changing.Contains(Verb(cmdlet), StringComparer.Ordinal)),
            cmdlet => Assert.True(cmdlet.SupportsShouldProcess, $"{cmdlet.Name} does not support ShouldProcess"));

    [Fact]
    public void Only_what_takes_away_asks_by_itself() =>
        Assert.All(
            CmdletModel.All.Where(cmdlet => cmdlet.SupportsShouldProcess),
            cmdlet => Assert.True(
                string.Equals(cmdlet.ConfirmImpact, "High", StringComparison.Ordinal) == Severe.Contains(Verb(cmdlet), StringComparer.Ordinal),
                $"{cmdlet.Name} has ConfirmImpact {cmdlet.ConfirmImpact}"));

    [Fact]
    public void No_signature_names_a_type_of_the_engine()
    {
        Type[] types = [.. typeof(PortabilityCmdlet).Assembly.GetTypes().Where(type => typeof(PortabilityCmdlet).IsAssignableFrom(type) || CmdletModel.Data(type, "CmdletAttribute").Any())];
        Assert.NotEmpty(types);
        Assert.Empty(types.SelectMany(Named).Where(named => IsEngine(named.Type)).Select(named => $"{named.Place} names {named.Type}"));
    }

    [Fact]
    public void No_cmdlet_has_an_engine_value_type_as_a_field() =>
        Assert.Empty(typeof(PortabilityCmdlet).Assembly.GetTypes()
            .Where(type => typeof(PortabilityCmdlet).IsAssignableFrom(type))
            .SelectMany(type => type.GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(field => field.FieldType.IsValueType && IsEngine(field.FieldType))
            .Select(field => $"{field.DeclaringType!.Name}.{field.Name}"));

    private static string Verb(CmdletModel cmdlet) => cmdlet.Name[..cmdlet.Name.IndexOf('-', StringComparison.Ordinal)];

    private static bool IsEngine(Type type)
    {
        Type inner = type.HasElementType ? type.GetElementType()! : type;
        string name = inner.Assembly.GetName().Name!;
        return (name.StartsWith("Portability.", StringComparison.Ordinal) && name is not ("Portability.Contracts" or "Portability.Module"))
            || inner.GenericTypeArguments.Any(IsEngine);
    }

    private static IEnumerable<(string Place, Type Type)> Named(Type cmdlet)
    {
        for (Type? type = cmdlet; type is not null; type = type.BaseType)
        {
            yield return ($"base of {cmdlet.Name}", type);
        }

        foreach (PropertyInfo property in cmdlet.GetProperties())
        {
            yield return ($"{cmdlet.Name}.{property.Name}", property.PropertyType);
        }

        foreach (CustomAttributeData data in cmdlet.GetCustomAttributesData().Concat(cmdlet.GetProperties().SelectMany(property => property.GetCustomAttributesData())))
        {
            yield return ($"attribute of {cmdlet.Name}", data.AttributeType);
            foreach (CustomAttributeTypedArgument argument in data.ConstructorArguments.Concat(data.NamedArguments.Select(named => named.TypedValue)))
            {
                if (argument.Value is Type type)
                {
                    yield return ($"attribute of {cmdlet.Name}", type);
                }
            }
        }
    }
}
