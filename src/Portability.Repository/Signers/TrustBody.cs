using System.Text.Json.Serialization;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>Stored body of a trust record (FORMAT.md, section 8).</summary>
/// <remarks>Lists can be set, not only initialised: source-generated readers give an init-only member that is absent no default.</remarks>
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

    public TrustOwnerBody[] AdmitOwners { get; set; } = [];

    public RecordHash[] RemoveOwners { get; set; } = [];

    public TrustSignerBody[] AdmitSigners { get; set; } = [];

    public TrustRevocationBody[] RevokeSigners { get; set; } = [];

    public TrustRecipientBody[] AddRecipients { get; set; } = [];

    public RecordId[] RemoveRecipients { get; set; } = [];

    public TrustSlotBody[] AddSlots { get; set; } = [];

    public RecordId[] RemoveSlots { get; set; } = [];

    public Dictionary<RecordId, byte[]> Keyrings { get; set; } = [];

    /// <summary>True if the record changes nothing but who signs: then no key is needed to write it.</summary>
    [JsonIgnore]
    public bool ChangesSignersOnly =>
        AdmitOwners.Length + RemoveOwners.Length + AddRecipients.Length + RemoveRecipients.Length + AddSlots.Length + RemoveSlots.Length + Keyrings.Count == 0;

    /// <summary>Refuses a null inside a list, which the reader lets pass.</summary>
    /// <exception cref="InvalidFormatException">There is one.</exception>
    public void RequireNoNulls()
    {
        if (AdmitOwners.Contains(null) || AdmitSigners.Contains(null) || RevokeSigners.Contains(null) || AddRecipients.Contains(null)
            || AddSlots.Contains(null) || Keyrings.ContainsValue(null!))
        {
            throw TrustRefusal.Because("a list holds null");
        }
    }
}
