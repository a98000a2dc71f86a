using System.Text.Json.Serialization;

namespace Portability.Repository.Snapshots;

/// <summary>Source-generated JSON of manifests.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    UseStringEnumConverter = true,
    MaxDepth = Records.RecordJson.MaximumDepth)]
[JsonSerializable(typeof(ManifestBody))]
[JsonSerializable(typeof(ManifestSealedBody))]
internal sealed partial class ManifestJson : JsonSerializerContext;
