using Portability.Core.Crypto;

namespace Portability.Engine.Repositories;

/// <summary>Where a new repository stands, who reads it and who owns it.</summary>
public sealed record NewRepositoryOptions
{
    /// <summary>Full path of its directory; made when it is not there, else it must hold no repository.</summary>
    public required string Path { get; init; }

    /// <summary>What reads it: a passphrase, or a certificate by its public half. Stays the caller's.</summary>
    public required EngineSecret Secret { get; init; }

    /// <summary>A second secret that reads it, of the other kind, or null. Stays the caller's.</summary>
    public EngineSecret? SecondSecret { get; init; }

    /// <summary>Passphrase that seals the owner's key, or null for the one that reads. Needed with a certificate alone. Stays the caller's.</summary>
    public EngineSecret? OwnerPassphrase { get; init; }

    /// <summary>Block size in bytes, a power of two from 4 KiB to 4 MiB.</summary>
    public int BlockSize { get; init; } = 64 << 10;

    /// <summary>True to store equal blocks once within a workload only, not across workloads.</summary>
    public bool DeduplicateByWorkload { get; init; }

    /// <summary>True to pad packs to whole MiB, so that their sizes tell less.</summary>
    public bool PadPacks { get; init; }

    /// <summary>Time that deriving a key from a passphrase may take; zero for the fewest rounds that are allowed.</summary>
    public TimeSpan DerivationTime { get; init; } = PassphraseDerivation.DefaultTime;
}
