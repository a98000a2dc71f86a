using System.Text.Json.Serialization;

namespace Portability.Repository.Repositories;

/// <summary>Source-generated JSON of repositories and members.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    MaxDepth = Records.RecordJson.MaximumDepth)]
[JsonSerializable(typeof(FormatProbe))]
[JsonSerializable(typeof(ConfigurationBody))]
[JsonSerializable(typeof(InstanceBody))]
internal sealed partial class RepositoryJson : JsonSerializerContext;
