namespace Portability;

/// <summary>What a key of a repository is for.</summary>
public enum RepositoryKeyKind
{
    /// <summary>Opens what is sealed with a passphrase.</summary>
    Passphrase,

    /// <summary>Opens what is sealed with the private key of a certificate.</summary>
    Certificate,

    /// <summary>Signs snapshots, removals or compactions; opens nothing.</summary>
    Signer,

    /// <summary>Signs trust records: says who the recipients, signers and owners are.</summary>
    Owner,
}
