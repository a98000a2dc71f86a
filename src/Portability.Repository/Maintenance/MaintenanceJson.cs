using System.Text.Json.Serialization;

namespace Portability.Repository.Maintenance;

/// <summary>Source-generated JSON of substitutions.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    UseStringEnumConverter = true,
    MaxDepth = Records.RecordJson.MaximumDepth)]
[JsonSerializable(typeof(SubstitutionBody))]
internal sealed partial class MaintenanceJson : JsonSerializerContext;
