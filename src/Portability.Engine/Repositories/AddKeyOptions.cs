using Portability.Core.Crypto;

namespace Portability.Engine.Repositories;

/// <summary>Which key is added to a repository.</summary>
public sealed record AddKeyOptions
{
    /// <summary>What the key is for.</summary>
    public required RepositoryKeyKind Kind { get; init; }

    /// <summary>Name to show.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// For <see cref="RepositoryKeyKind.Passphrase"/> and <see cref="RepositoryKeyKind.Owner"/> the new passphrase, for
    /// <see cref="RepositoryKeyKind.Certificate"/> the certificate; null for a signer. Stays the caller's.
    /// </summary>
    public EngineSecret? Secret { get; init; }

    /// <summary>For a signer: its public key, base64 of the SubjectPublicKeyInfo, as `SignerNotAdmitted` prints it.</summary>
    public string PublicKey { get; init; } = string.Empty;

    /// <summary>For a signer: what it may sign.</summary>
    public SignerRights Rights { get; init; } = SignerRights.Capture;

    /// <summary>For a signer: names or GUIDs of the workloads that it may sign for; empty for every workload.</summary>
    public string[] Workloads { get; init; } = [];

    /// <summary>Passphrase of an owner; null to admit a signer as a member with that right. Stays the caller's.</summary>
    public EngineSecret? OwnerPassphrase { get; init; }

    /// <summary>Time that deriving a key from a new passphrase may take; zero for the fewest rounds that are allowed.</summary>
    public TimeSpan DerivationTime { get; init; } = PassphraseDerivation.DefaultTime;
}
