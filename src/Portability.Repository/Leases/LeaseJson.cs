using System.Text.Json.Serialization;

namespace Portability.Repository.Leases;

/// <summary>Source-generated JSON of leases and condemned lists.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    Converters = [typeof(LeaseKindConverter)],
    MaxDepth = Records.RecordJson.MaximumDepth)]
[JsonSerializable(typeof(LeaseBody))]
[JsonSerializable(typeof(CondemnedBody))]
internal sealed partial class LeaseJson : JsonSerializerContext;
