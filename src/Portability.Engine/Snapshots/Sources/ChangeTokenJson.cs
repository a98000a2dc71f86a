using System.Text.Json.Serialization;

namespace Portability.Engine.Snapshots.Sources;

/// <summary>Source-generated JSON of change tokens.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 8)]
[JsonSerializable(typeof(ChangeToken))]
internal sealed partial class ChangeTokenJson : JsonSerializerContext;
