namespace Portability;

/// <summary>
/// A place that keeps sealed snapshots, as the user sees it. Holds no secret: the connection, and the keys it was opened
/// with, stay inside the module; a copy that came from another session finds its connection by <see cref="Id"/> and
/// <see cref="Path"/>.
/// </summary>
public sealed record WorkloadRepository
{
    /// <summary>Identifier of the repository; equal at its mirrors. Empty while only the place is known.</summary>
    public Guid Id { get; init; }

    /// <summary>Identifier of this store alone; differs between a repository and its mirrors.</summary>
    public Guid InstanceId { get; init; }

    /// <summary>Full path of the directory, or the URI of the server that holds it.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>Version of the stored format.</summary>
    public int FormatVersion { get; init; }

    /// <summary>Unit of storage and deduplication, in bytes; a power of two from 4 KiB to 4 MiB.</summary>
    public int BlockSize { get; init; }

    /// <summary>When the repository was made, UTC.</summary>
    public DateTime CreatedUtc { get; init; }

    /// <summary>True if this connection can read what is sealed; without, it lists, verifies and syncs.</summary>
    public bool HasKey { get; init; }

    /// <summary>Name of the recipient that the secret belongs to; empty without a key.</summary>
    public string KeyName { get; init; } = string.Empty;

    /// <summary>Fingerprint of the owner that is pinned on this machine; empty when none is.</summary>
    public string OwnerFingerprint { get; init; } = string.Empty;

    /// <summary>Fingerprint of this machine's signing key; empty when it has none.</summary>
    public string SignerFingerprint { get; init; } = string.Empty;

    /// <summary>What this machine's signing key is admitted for.</summary>
    public SignerRights SignerRights { get; init; }

    /// <summary>Number of the newest trust record.</summary>
    public long TrustNumber { get; init; }

    /// <summary>Epoch that new data is sealed under.</summary>
    public int Epoch { get; init; }

    /// <summary>The open connection, an engine object; null in a copy from another session. Never shown, never serialised.</summary>
    internal object? Connection { get; init; }

    /// <summary>The place.</summary>
    /// <returns><see cref="Path"/>.</returns>
    public override string ToString() => Path;
}
