using System.Text.Json;
using System.Text.Json.Serialization;

namespace Portability.Repository.Records;

/// <summary>Stored form of a <see cref="RecordId"/>.</summary>
public sealed class RecordIdConverter : JsonConverter<RecordId>
{
    /// <inheritdoc/>
    public override RecordId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && RecordId.TryParse(reader.GetString(), out RecordId id)
            ? id
            : throw new JsonException("An identifier is 32 lower-case hex digits.");

    /// <inheritdoc/>
    public override RecordId ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        RecordId.TryParse(reader.GetString(), out RecordId id) ? id : throw new JsonException("An identifier is 32 lower-case hex digits.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, RecordId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());

    /// <inheritdoc/>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, RecordId value, JsonSerializerOptions options) => writer.WritePropertyName(value.ToString());
}
