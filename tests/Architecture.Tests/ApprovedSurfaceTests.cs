using System.Globalization;
using System.Reflection;
using System.Text;
using Xunit;

namespace Portability.Architecture.Tests;

/// <summary>
/// The public surface is what `tests/Approved/` says. A change shows in review as a change of those files: run with
/// `PORTABILITY_APPROVE=1` to write them.
/// </summary>
public sealed class ApprovedSurfaceTests
{
    [Fact]
    public void Cmdlets_and_parameters() => Compare("Cmdlets.txt", DescribeCmdlets());

    [Fact]
    public void Contracts() => Compare("Contracts.txt", DescribeContracts());

    private static void Compare(string name, string now)
    {
        string file = SourceTree.File("tests", "Approved", name);
        if (string.Equals(Environment.GetEnvironmentVariable("PORTABILITY_APPROVE"), "1", StringComparison.Ordinal))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, now);
        }

        Assert.True(File.Exists(file), $"{SourceTree.Relative(file)} is missing: run once with PORTABILITY_APPROVE=1.");
        Assert.Equal(File.ReadAllText(file), now);
    }

    private static string DescribeCmdlets()
    {
        var text = new StringBuilder();
        foreach (CmdletModel cmdlet in CmdletModel.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"{cmdlet.Name} -> {string.Join(", ", cmdlet.Output.Select(type => type.Name))}");
            text.Append(CultureInfo.InvariantCulture, $" [confirm {cmdlet.ConfirmImpact}] default '{cmdlet.DefaultSet}'\n");
            foreach (ParameterModel parameter in cmdlet.Parameters)
            {
                string other = parameter.Other.Count == 0 ? string.Empty : " {" + string.Join("; ", parameter.Other) + "}";
                text.Append(CultureInfo.InvariantCulture, $"    -{parameter.Name} {parameter.TypeName}: {string.Join(" | ", parameter.Sets)}{other}\n");
            }
        }

        return text.ToString();
    }

    private static string DescribeContracts()
    {
        var text = new StringBuilder();
        foreach (Type type in typeof(PortabilityException).Assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : type.IsAbstract && type.IsSealed ? "static class" : type.IsAbstract ? "abstract class" : "class";
            string parent = type.BaseType is { } inherited && inherited != typeof(object) && !type.IsEnum && !type.IsValueType ? $" : {inherited.Name}" : string.Empty;
            text.Append(CultureInfo.InvariantCulture, $"{kind} {type.FullName}{parent}\n");
            if (type.IsEnum)
            {
                foreach (string name in Enum.GetNames(type))
                {
                    text.Append(CultureInfo.InvariantCulture, $"    {name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)}\n");
                }

                continue;
            }

            foreach (string member in Members(type).Order(StringComparer.Ordinal))
            {
                text.Append(CultureInfo.InvariantCulture, $"    {member}\n");
            }
        }

        return text.ToString();
    }

    private static IEnumerable<string> Members(Type type)
    {
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        string[] generated = ["Equals", "GetHashCode", "ToString", "Deconstruct", "<Clone>$"];
        foreach (ConstructorInfo constructor in type.GetConstructors().Where(constructor => constructor.GetParameters().Length > 0))
        {
            yield return $"new({Parameters(constructor)})";
        }

        foreach (PropertyInfo property in type.GetProperties(Declared))
        {
            yield return $"{property.PropertyType.Name} {property.Name} {{{(property.SetMethod is { IsPublic: true } ? " get; set;" : " get;")} }}";
        }

        foreach (MethodInfo method in type.GetMethods(Declared).Where(method => !method.IsSpecialName && !generated.Contains(method.Name, StringComparer.Ordinal)))
        {
            yield return $"{method.ReturnType.Name} {method.Name}({Parameters(method)})";
        }
    }

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(parameter => $"{parameter.ParameterType.Name} {parameter.Name}"));
}
