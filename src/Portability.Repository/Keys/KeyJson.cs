using System.Text.Json.Serialization;

namespace Portability.Repository.Keys;

/// <summary>Source-generated JSON of slots.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    MaxDepth = Records.RecordJson.MaximumDepth)]
[JsonSerializable(typeof(KeySlotBody))]
[JsonSerializable(typeof(KeySlotSecretBody))]
internal sealed partial class KeyJson : JsonSerializerContext;
