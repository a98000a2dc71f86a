using Portability.Core.Crypto;

namespace Portability.Repository.Repositories;

/// <summary>What a new repository is like, who reads it and who owns it.</summary>
public sealed record CreateOptions
{
    /// <summary>Name of keys that are given none.</summary>
    public const string DefaultName = "first";

    /// <summary>Passphrase that reads, or null; stays the caller's.</summary>
    public SecretText? Passphrase { get; init; }

    /// <summary>Passphrase that seals the owner key; null for <see cref="Passphrase"/>. Stays the caller's.</summary>
    public SecretText? OwnerPassphrase { get; init; }

    /// <summary>Public half of a certificate that reads, or null.</summary>
    public RecipientPublicKey? Certificate { get; init; }

    /// <summary>Name of the certificate's recipient.</summary>
    public string CertificateName { get; init; } = DefaultName;

    /// <summary>Name of the owner.</summary>
    public string OwnerName { get; init; } = DefaultName;

    /// <summary>Name of this member as a signer.</summary>
    public string SignerName { get; init; } = DefaultName;

    /// <summary>Unit of storage and deduplication in bytes: a power of two from 4 KiB to 4 MiB.</summary>
    public int BlockSize { get; init; } = RepositoryConfiguration.DefaultBlockSize;

    /// <summary>Within what equal blocks are stored once.</summary>
    public DedupScope DedupScope { get; init; }

    /// <summary>True to pad packs to a multiple of 1 MiB.</summary>
    public bool PadPacks { get; init; }

    /// <summary>Time that deriving a key from a passphrase may take on this machine; zero for the fewest rounds that are allowed.</summary>
    public TimeSpan DerivationTime { get; init; } = PassphraseDerivation.DefaultTime;
}
