namespace Portability;

/// <summary>One recipient, signer or owner of a repository, by its public half; never holds a secret.</summary>
public sealed record WorkloadRepositoryKey
{
    /// <summary>Identifier of the repository.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>Place of the repository that it was read from.</summary>
    public string RepositoryPath { get; init; } = string.Empty;

    /// <summary>What the key is for.</summary>
    public RepositoryKeyKind Kind { get; init; }

    /// <summary>Name that was given to it.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>SHA-256 of its public half, in lower-case hexadecimal digits.</summary>
    public string Fingerprint { get; init; } = string.Empty;

    /// <summary>What a signer may do; None for others.</summary>
    public SignerRights Rights { get; init; }

    /// <summary>Names of the workloads that a signer may capture; empty means every one.</summary>
    public string[] Workloads { get; init; } = [];

    /// <summary>Number of the trust record that added it.</summary>
    public long TrustNumber { get; init; }

    /// <summary>When it was added, UTC, as the owner's machine saw it.</summary>
    public DateTime AddedUtc { get; init; }

    /// <summary>True if a later trust record took it away.</summary>
    public bool IsRevoked { get; init; }

    /// <summary>True if this machine or connection uses it now.</summary>
    public bool IsCurrent { get; init; }

    /// <summary>The open connection it came from; see <see cref="WorkloadRepository"/>.</summary>
    internal object? Connection { get; init; }

    /// <summary>Kind and name.</summary>
    /// <returns>Such as `Certificate dr-site`.</returns>
    public override string ToString() => $"{Kind} {Name}";
}
