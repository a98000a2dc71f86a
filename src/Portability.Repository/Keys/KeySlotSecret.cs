using Portability.Core.Crypto;

namespace Portability.Repository.Keys;

/// <summary>What an opened slot gives: a private half, and its word for who owns the repository. Zeroed on disposal.</summary>
public sealed class KeySlotSecret : IDisposable
{
    internal KeySlotSecret(SecretBytes privateKey, KeyFingerprint owner)
    {
        PrivateKey = privateKey;
        Owner = owner;
    }

    /// <summary>Private half, PKCS #8; lives as long as this.</summary>
    public SecretBytes PrivateKey { get; }

    /// <summary>Fingerprint of the repository's first owner: a passphrase vouches for it.</summary>
    public KeyFingerprint Owner { get; }

    /// <summary>Zeroes the private half.</summary>
    public void Dispose() => PrivateKey.Dispose();
}
