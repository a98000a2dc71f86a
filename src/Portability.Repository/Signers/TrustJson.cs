using System.Text.Json.Serialization;

namespace Portability.Repository.Signers;

/// <summary>Source-generated JSON of trust records.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    MaxDepth = Records.RecordJson.MaximumDepth)]
[JsonSerializable(typeof(TrustBody))]
internal sealed partial class TrustJson : JsonSerializerContext;
