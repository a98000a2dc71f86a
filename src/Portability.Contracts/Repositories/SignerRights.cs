namespace Portability;

/// <summary>What a signing key is admitted for. A record signed without its right counts as absent for every reader.</summary>
[Flags]
public enum SignerRights
{
    /// <summary>Nothing: reading and verifying need no right.</summary>
    None = 0,

    /// <summary>Commits snapshots of the workloads that its record names.</summary>
    Capture = 1,

    /// <summary>Removes snapshots.</summary>
    Remove = 2,

    /// <summary>Collects leftovers and rewrites packs.</summary>
    Compact = 4,

    /// <summary>Admits and revokes recipients and signers.</summary>
    Admit = 8,
}
