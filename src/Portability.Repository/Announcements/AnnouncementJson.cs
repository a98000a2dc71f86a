using System.Text.Json.Serialization;

namespace Portability.Repository.Announcements;

/// <summary>Source-generated JSON of announcements.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    MaxDepth = Records.RecordJson.MaximumDepth)]
[JsonSerializable(typeof(AnnouncementBody))]
internal sealed partial class AnnouncementJson : JsonSerializerContext;
