using System.Management.Automation;
using System.Reflection;
using Portability.Module;

namespace Portability.Architecture.Tests;

/// <summary>A cmdlet as its attributes describe it; read without running any of them.</summary>
internal sealed record CmdletModel(
    Type Type, string Name, bool SupportsShouldProcess, string ConfirmImpact, string DefaultSet, IReadOnlyList<Type> Output, IReadOnlyList<ParameterModel> Parameters)
{
    public static IReadOnlyList<CmdletModel> All { get; } =
    [
        .. typeof(PortabilityCmdlet).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && Data(type, nameof(CmdletAttribute)).Any())
            .Select(Read)
            .OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal),
    ];

    public static IEnumerable<CustomAttributeData> Data(MemberInfo member, string attribute) =>
        member.GetCustomAttributesData().Where(data => string.Equals(data.AttributeType.Name, attribute, StringComparison.Ordinal));

    public static T Named<T>(CustomAttributeData data, string name, T absent) =>
        data.NamedArguments.Where(argument => string.Equals(argument.MemberName, name, StringComparison.Ordinal))
            .Select(argument => (T)argument.TypedValue.Value!).DefaultIfEmpty(absent).First();

    private static CmdletModel Read(Type type)
    {
        CustomAttributeData cmdlet = Data(type, nameof(CmdletAttribute)).Single();
        bool should = Named(cmdlet, "SupportsShouldProcess", absent: false);
        return new CmdletModel(
            type,
            $"{cmdlet.ConstructorArguments[0].Value}-{cmdlet.ConstructorArguments[1].Value}",
            should,
            should ? ((ConfirmImpact)Named(cmdlet, "ConfirmImpact", (int)System.Management.Automation.ConfirmImpact.Medium)).ToString() : "-",
            Named(cmdlet, "DefaultParameterSetName", string.Empty),
            [.. Data(type, nameof(OutputTypeAttribute)).SelectMany(Types)],
            [.. type.GetProperties().Where(property => Data(property, nameof(ParameterAttribute)).Any()).Select(ParameterModel.Read).OrderBy(parameter => parameter.Name, StringComparer.Ordinal)]);
    }

    private static IEnumerable<Type> Types(CustomAttributeData data) => data.ConstructorArguments.SelectMany(argument => argument.Value switch
    {
        Type one => [one],
        IReadOnlyCollection<CustomAttributeTypedArgument> many => many.Select(item => item.Value).OfType<Type>(),
        _ => Enumerable.Empty<Type>(),
    });
}
