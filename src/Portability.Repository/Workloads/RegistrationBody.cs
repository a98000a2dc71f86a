using System.Text.Json.Serialization;
using Portability.Repository.Records;

namespace Portability.Repository.Workloads;

/// <summary>Body of a registration (FORMAT.md, section 14).</summary>
internal sealed record RegistrationBody
{
    public required Guid Workload { get; init; }

    public required string Name { get; init; }

    public required long Number { get; init; }

    [JsonConverter(typeof(UtcTimeConverter))]
    public required DateTime Created { get; init; }

    public bool Removed { get; init; }
}
