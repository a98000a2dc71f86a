using System.Text.Json;
using System.Text.Json.Serialization;

namespace Portability.Repository.Leases;

/// <summary>Lower-case names of the kinds of leases; others are refused.</summary>
internal sealed class LeaseKindConverter : JsonConverter<LeaseKind>
{
    private static readonly string[] Names = ["capture", "sync", "remove", "compact", "pin"];

    /// <inheritdoc/>
    public override LeaseKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        int index = Array.IndexOf(Names, reader.TokenType == JsonTokenType.String ? reader.GetString() : null);
        return index >= 0 ? (LeaseKind)index : throw new JsonException("No such kind of lease.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, LeaseKind value, JsonSerializerOptions options) => writer.WriteStringValue(Names[(int)value]);
}
