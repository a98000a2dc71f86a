using System.Text.Json.Serialization;

namespace Portability.Repository.Receipts;

/// <summary>Source-generated JSON of receipts.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    MaxDepth = Records.RecordJson.MaximumDepth)]
[JsonSerializable(typeof(ReceiptBody))]
internal sealed partial class ReceiptJson : JsonSerializerContext;
