using Portability.Core.Crypto;

namespace Portability.Repository.Signers;

/// <summary>An owner as the trust chain knows it.</summary>
public sealed record TrustOwner
{
    /// <summary>Public half.</summary>
    public required VerificationKey Key { get; init; }

    /// <summary>Name that was given to it.</summary>
    public required string Name { get; init; }

    /// <summary>Number of the trust record that admitted it.</summary>
    public required long TrustNumber { get; init; }

    /// <summary>When it was admitted, UTC, as the writer's machine saw it.</summary>
    public required DateTime AddedUtc { get; init; }

    /// <summary>True if a later record removed it.</summary>
    public bool IsRemoved { get; init; }

    /// <summary>What a person compares and pins.</summary>
    public KeyFingerprint Fingerprint => Key.Fingerprint;
}
