namespace Portability.Repository.Keys;

/// <summary>Stored form of a slot (FORMAT.md, section 8).</summary>
internal sealed record KeySlotBody
{
    public required Records.RecordId Id { get; init; }

    public required Guid Repository { get; init; }

    public required string Purpose { get; init; }

    public required string For { get; init; }

    public required string Kdf { get; init; }

    public required int Rounds { get; init; }

    public required Records.RecordHash Salt { get; init; }

    public required byte[] Nonce { get; init; }

    public required byte[] Sealed { get; init; }
}
