using System.Management.Automation;
using System.Reflection;

namespace Portability.Architecture.Tests;

/// <summary>A parameter of a cmdlet as its attributes describe it.</summary>
internal sealed record ParameterModel(string Name, Type Type, IReadOnlyList<string> Sets, IReadOnlyList<string> HelpMessages, IReadOnlyList<string> Other)
{
    public static ParameterModel Read(PropertyInfo property)
    {
        List<CustomAttributeData> declared = [.. CmdletModel.Data(property, nameof(ParameterAttribute))];
        return new ParameterModel(
            property.Name,
            property.PropertyType,
            [.. declared.Select(Describe).Order(StringComparer.Ordinal)],
            [.. declared.Select(data => CmdletModel.Named(data, "HelpMessage", string.Empty))],
            [.. property.GetCustomAttributesData()
                .Where(data => data.AttributeType.Name is not nameof(ParameterAttribute) && data.AttributeType.Namespace is "System.Management.Automation" or "Portability.Module")
                .Select(data => data.AttributeType.Name.Replace("Attribute", string.Empty, StringComparison.Ordinal) + Arguments(data))
                .Order(StringComparer.Ordinal)]);
    }

    public string TypeName => Spell(Type);

    private static string Spell(Type type) =>
        type.IsArray ? Spell(type.GetElementType()!) + "[]"
        : Nullable.GetUnderlyingType(type) is Type inner ? Spell(inner) + "?"
        : type.Name;

    private static string Describe(CustomAttributeData data)
    {
        var words = new List<string> { CmdletModel.Named(data, "ParameterSetName", "*") };
        int position = CmdletModel.Named(data, "Position", int.MinValue);
        words.AddRange(
        [
            .. CmdletModel.Named(data, "Mandatory", absent: false) ? ["mandatory"] : Array.Empty<string>(),
            .. position >= 0 ? [$"position {position}"] : Array.Empty<string>(),
            .. CmdletModel.Named(data, "ValueFromPipeline", absent: false) ? ["by value"] : Array.Empty<string>(),
            .. CmdletModel.Named(data, "ValueFromPipelineByPropertyName", absent: false) ? ["by name"] : Array.Empty<string>(),
        ]);
        return string.Join(' ', words);
    }

    private static string Arguments(CustomAttributeData data) =>
        data.ConstructorArguments.Count == 0 ? string.Empty : $"({string.Join(", ", data.ConstructorArguments.Select(Spell))})";

    private static string Spell(CustomAttributeTypedArgument argument) => argument.Value switch
    {
        IReadOnlyCollection<CustomAttributeTypedArgument> many => string.Join(", ", many.Select(Spell)),
        Type type => type.Name,
        null => "null",
        object value => FormattableString.Invariant($"{value}"),
    };
}
