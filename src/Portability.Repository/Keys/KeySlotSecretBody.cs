using System.Text.Json.Serialization;
using Portability.Core.Crypto;
using Portability.Repository.Records;

namespace Portability.Repository.Keys;

/// <summary>What a slot seals (FORMAT.md, section 8).</summary>
internal sealed record KeySlotSecretBody
{
    public required byte[] Private { get; init; }

    [JsonConverter(typeof(FingerprintConverter))]
    public required KeyFingerprint Owner { get; init; }

    public required Guid Repository { get; init; }
}
