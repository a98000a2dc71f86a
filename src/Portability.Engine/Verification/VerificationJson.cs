using System.Text.Json.Serialization;

namespace Portability.Engine.Verification;

/// <summary>Reads what records say about themselves.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    MaxDepth = 16)]
[JsonSerializable(typeof(RecordPlace))]
internal sealed partial class VerificationJson : JsonSerializerContext;
