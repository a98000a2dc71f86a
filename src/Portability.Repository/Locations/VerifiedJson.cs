using System.Text.Json.Serialization;

namespace Portability.Repository.Locations;

/// <summary>Source-generated JSON of verified records.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    MaxDepth = Records.RecordJson.MaximumDepth)]
[JsonSerializable(typeof(VerifiedBody))]
internal sealed partial class VerifiedJson : JsonSerializerContext;
