using System.Text.Json.Serialization;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>Stored body of a trust record (FORMAT.md, section 8).</summary>
internal sealed record TrustBody
{
    public required long Number { get; init; }

    public required RecordHash Previous { get; init; }

    public required uint Epoch { get; init; }

    public required RecordHash Mac { get; init; }

    [JsonConverter(typeof(UtcTimeConverter))]
    public required DateTime Created { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RecordHash Repository { get; init; }

    public TrustOwnerBody[] AdmitOwners { get; init; } = [];

    public RecordHash[] RemoveOwners { get; init; } = [];

    public TrustSignerBody[] AdmitSigners { get; init; } = [];

    public TrustRevocationBody[] RevokeSigners { get; init; } = [];

    public TrustRecipientBody[] AddRecipients { get; init; } = [];

    public RecordId[] RemoveRecipients { get; init; } = [];

    public TrustSlotBody[] AddSlots { get; init; } = [];

    public RecordId[] RemoveSlots { get; init; } = [];

    public Dictionary<RecordId, byte[]> Keyrings { get; init; } = [];

    /// <summary>True if the record changes nothing but who signs: then no key is needed to write it.</summary>
    [JsonIgnore]
    public bool ChangesSignersOnly =>
        AdmitOwners.Length + RemoveOwners.Length + AddRecipients.Length + RemoveRecipients.Length + AddSlots.Length + RemoveSlots.Length + Keyrings.Count == 0;
}
