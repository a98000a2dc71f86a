using System.Text.Json;
using System.Text.Json.Serialization;
using Portability.Core.Crypto;

namespace Portability.Repository.Records;

/// <summary>Stored form of a <see cref="KeyFingerprint"/>: 64 lower-case hex digits.</summary>
public sealed class FingerprintConverter : JsonConverter<KeyFingerprint>
{
    /// <summary>The stored text of a fingerprint.</summary>
    /// <param name="fingerprint">The fingerprint.</param>
    public static string ToHex(KeyFingerprint fingerprint) => Convert.ToHexStringLower(fingerprint.AsSpan());

    /// <inheritdoc/>
    public override KeyFingerprint Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && RecordHash.TryParse(reader.GetString(), out RecordHash hash) && !hash.IsEmpty
            ? KeyFingerprint.FromBytes(hash.AsSpan())
            : throw new JsonException("A fingerprint is 64 lower-case hex digits.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, KeyFingerprint value, JsonSerializerOptions options) => writer.WriteStringValue(ToHex(value));
}
