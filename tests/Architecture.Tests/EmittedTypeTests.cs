using System.Reflection;
using Xunit;

namespace Portability.Architecture.Tests;

/// <summary>What cmdlets emit must come back from a remote session or from JSON as input that works.</summary>
public sealed class EmittedTypeTests
{
    private static readonly Type[] Plain =
    [
        typeof(string), typeof(Guid), typeof(bool), typeof(Uri), typeof(DateTime), typeof(TimeSpan), typeof(byte), typeof(short), typeof(int), typeof(long),
        typeof(ushort), typeof(uint), typeof(ulong), typeof(double), typeof(decimal),
    ];

    public static IReadOnlyList<Type> Emitted { get; } = Reachable();

    [Fact]
    public void Each_emitted_type_has_a_public_constructor_without_parameters() =>
        Assert.All(Emitted, type => Assert.True(type.GetConstructor(Type.EmptyTypes) is not null, type.FullName));

    [Fact]
    public void Each_public_property_can_be_set_and_is_of_a_permitted_kind()
    {
        List<string> wrong = [];
        foreach (PropertyInfo property in Emitted.SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)))
        {
            string name = $"{property.DeclaringType!.Name}.{property.Name}";
            if (property.SetMethod is not { IsPublic: true })
            {
                wrong.Add($"{name} cannot be set");
            }

            if (!IsPermitted(property.PropertyType))
            {
                wrong.Add($"{name} is a {property.PropertyType}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void No_emitted_type_has_public_fields() =>
        Assert.Empty(Emitted.SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Instance)));

    [Fact]
    public void No_emitted_type_leaves_a_string_or_an_array_null_when_nothing_is_set()
    {
        foreach (Type type in Emitted)
        {
            object value = Activator.CreateInstance(type)!;
            Assert.All(
                type.GetProperties().Where(property => property.PropertyType != typeof(Uri)),
                property => Assert.True(property.GetValue(value) is not null, $"{type.Name}.{property.Name} is null"));
        }
    }

    [Fact]
    public void Emitted_objects_live_in_the_contracts() =>
        Assert.All(Emitted, type => Assert.Same(typeof(PortabilityException).Assembly, type.Assembly));

    private static bool IsPermitted(Type type) =>
        type.IsArray ? IsPermitted(type.GetElementType()!) : type.IsEnum || Plain.Contains(type) || IsOurs(type);

    private static bool IsOurs(Type type) => type.Assembly == typeof(PortabilityException).Assembly && !type.IsEnum && !type.IsArray;

    private static List<Type> Reachable()
    {
        var found = new List<Type>();
        var open = new Queue<Type>(CmdletModel.All.SelectMany(cmdlet => cmdlet.Output).Where(IsOurs));
        while (open.TryDequeue(out Type? type))
        {
            if (found.Contains(type))
            {
                continue;
            }

            found.Add(type);
            foreach (PropertyInfo property in type.GetProperties())
            {
                Type inner = property.PropertyType.IsArray ? property.PropertyType.GetElementType()! : property.PropertyType;
                if (IsOurs(inner))
                {
                    open.Enqueue(inner);
                }
            }
        }

        return found;
    }
}
