using Portability.Core.Crypto;

namespace Portability.Repository.Repositories;

/// <summary>How a repository is opened. Without a secret it is opened to list, verify and sync.</summary>
public sealed record OpenOptions
{
    /// <summary>A passphrase, or null; stays the caller's.</summary>
    public SecretText? Passphrase { get; init; }

    /// <summary>Private half of a certificate, or null; owned by the repository once it is open.</summary>
    public RecipientPrivateKey? Recipient { get; init; }

    /// <summary>Fingerprint of the first owner that a person gave, or null; pins it anew.</summary>
    public KeyFingerprint? Fingerprint { get; init; }

    /// <summary>What the member keeps, or null: nothing is pinned, noted or signed.</summary>
    public MemberState? State { get; init; }
}
