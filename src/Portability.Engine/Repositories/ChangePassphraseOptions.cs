using Portability.Core.Crypto;

namespace Portability.Engine.Repositories;

/// <summary>How a passphrase is changed.</summary>
public sealed record ChangePassphraseOptions
{
    /// <summary>The passphrase until now. Stays the caller's.</summary>
    public required EngineSecret OldPassphrase { get; init; }

    /// <summary>The passphrase from now on. Stays the caller's.</summary>
    public required EngineSecret NewPassphrase { get; init; }

    /// <summary>Name to show from now on, or null for that of the old one.</summary>
    public string? Name { get; init; }

    /// <summary>Passphrase of an owner, or null where the old one seals the owner's key too. Stays the caller's.</summary>
    public EngineSecret? OwnerPassphrase { get; init; }

    /// <summary>Time that deriving a key from the new passphrase may take; zero for the fewest rounds that are allowed.</summary>
    public TimeSpan DerivationTime { get; init; } = PassphraseDerivation.DefaultTime;
}
