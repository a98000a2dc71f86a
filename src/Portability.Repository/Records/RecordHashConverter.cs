using System.Text.Json;
using System.Text.Json.Serialization;

namespace Portability.Repository.Records;

/// <summary>Stored form of a <see cref="RecordHash"/>.</summary>
public sealed class RecordHashConverter : JsonConverter<RecordHash>
{
    /// <inheritdoc/>
    public override RecordHash Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && RecordHash.TryParse(reader.GetString(), out RecordHash hash)
            ? hash
            : throw new JsonException("A hash is 64 lower-case hex digits or an empty string.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, RecordHash value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
