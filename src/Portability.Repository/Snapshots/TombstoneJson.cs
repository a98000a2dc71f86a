using System.Text.Json.Serialization;

namespace Portability.Repository.Snapshots;

/// <summary>Source-generated JSON of tombstones and voids.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    MaxDepth = Records.RecordJson.MaximumDepth)]
[JsonSerializable(typeof(VoidBody))]
[JsonSerializable(typeof(TombstoneBody))]
[JsonSerializable(typeof(MergedTombstonesBody))]
internal sealed partial class TombstoneJson : JsonSerializerContext;
