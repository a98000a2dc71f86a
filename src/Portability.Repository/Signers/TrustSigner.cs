using System.Collections.Immutable;
using Portability.Core.Crypto;

namespace Portability.Repository.Signers;

/// <summary>A signer as the trust chain knows it: a key, and every grant it was ever given. Immutable.</summary>
public sealed record TrustSigner
{
    /// <summary>Public half.</summary>
    public required VerificationKey Key { get; init; }

    /// <summary>Name that was given to it.</summary>
    public required string Name { get; init; }

    /// <summary>Grants, oldest first.</summary>
    public required ImmutableList<SignerGrant> Grants { get; init; }

    /// <summary>Fingerprint of the key.</summary>
    public KeyFingerprint Fingerprint => Key.Fingerprint;

    /// <summary>True if at least one grant stands.</summary>
    public bool IsAdmitted => Grants.Exists(grant => grant.Stands);

    /// <summary>Rights that stand, of all workloads together.</summary>
    public SignerRights Rights => Grants.Where(grant => grant.Stands).Aggregate(SignerRights.None, (rights, grant) => rights | grant.Rights);
}
