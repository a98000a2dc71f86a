using Portability.Core.Crypto;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>A recipient as the trust chain knows it.</summary>
public sealed record TrustRecipient
{
    /// <summary>Identifier.</summary>
    public required RecordId Id { get; init; }

    /// <summary><see cref="RepositoryKeyKind.Passphrase"/> or <see cref="RepositoryKeyKind.Certificate"/>.</summary>
    public required RepositoryKeyKind Kind { get; init; }

    /// <summary>Public half.</summary>
    public required RecipientPublicKey Key { get; init; }

    /// <summary>Name that was given to it.</summary>
    public required string Name { get; init; }

    /// <summary>Number of the trust record that added it.</summary>
    public required long TrustNumber { get; init; }

    /// <summary>When it was added, UTC, as the writer's machine saw it.</summary>
    public required DateTime AddedUtc { get; init; }

    /// <summary>True if a later record removed it.</summary>
    public bool IsRemoved { get; init; }
}
