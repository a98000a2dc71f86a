namespace Portability.Repository.Signers;

/// <summary>An owner that a trust record admits.</summary>
internal sealed record TrustOwnerBody
{
    public required byte[] Key { get; init; }

    public required string Name { get; init; }
}
