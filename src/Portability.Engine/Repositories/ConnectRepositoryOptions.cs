namespace Portability.Engine.Repositories;

/// <summary>Which repository is connected, and with what.</summary>
public sealed record ConnectRepositoryOptions
{
    /// <summary>Full path of its directory.</summary>
    public required string Path { get; init; }

    /// <summary>A passphrase, or a certificate with its private key; null to list, verify and sync only. Stays the caller's.</summary>
    public EngineSecret? Secret { get; init; }

    /// <summary>Fingerprint of the first owner that a person gave, in hexadecimal digits; pins it anew. Empty when none was given.</summary>
    public string Fingerprint { get; init; } = string.Empty;

    /// <summary>
    /// Asked, with the fingerprint that the store shows, where nothing outside vouches for its owner; true pins it. Null refuses with
    /// `OwnerNotPinned`.
    /// </summary>
    public Func<string, CancellationToken, Task<bool>>? ConfirmOwner { get; init; }
}
