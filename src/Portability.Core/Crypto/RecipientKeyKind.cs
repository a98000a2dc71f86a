namespace Portability.Core.Crypto;

/// <summary>How something is sealed to a public key. The values are stored.</summary>
public enum RecipientKeyKind : byte
{
    /// <summary>ECDH on P-256, HKDF-SHA-256, AES-256-GCM.</summary>
    P256 = 1,

    /// <summary>RSA-OAEP with SHA-256, AES-256-GCM.</summary>
    Rsa = 2,
}
