using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Portability.Repository.Records;

/// <summary>Stored form of a time: UTC, ISO 8601 with up to seven digits of a second's fraction and `Z`; written with three.</summary>
public sealed class UtcTimeConverter : JsonConverter<DateTime>
{
    private const string ReadForm = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'";
    private const string WriteForm = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <inheritdoc/>
    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
        && DateTime.TryParseExact(
            reader.GetString(), ReadForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime time)
            ? time
            : throw new JsonException("A time is UTC in ISO 8601 with a final Z.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToUniversalTime().ToString(WriteForm, CultureInfo.InvariantCulture));
}
