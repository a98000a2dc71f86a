using System.Text.Json.Serialization;

namespace Portability.Repository.Workloads;

/// <summary>Source-generated JSON of registrations.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    UseStringEnumConverter = true,
    MaxDepth = Records.RecordJson.MaximumDepth)]
[JsonSerializable(typeof(RegistrationBody))]
[JsonSerializable(typeof(HomeBody))]
[JsonSerializable(typeof(RegistrationSealedBody))]
internal sealed partial class RegistrationJson : JsonSerializerContext;
