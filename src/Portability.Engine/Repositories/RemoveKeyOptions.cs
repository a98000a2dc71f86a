namespace Portability.Engine.Repositories;

/// <summary>Which key is taken away from a repository.</summary>
public sealed record RemoveKeyOptions
{
    /// <summary>What the key is for.</summary>
    public required RepositoryKeyKind Kind { get; init; }

    /// <summary>Its fingerprint, hexadecimal digits with or without hyphens.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Passphrase of an owner. Stays the caller's.</summary>
    public required EngineSecret OwnerPassphrase { get; init; }
}
