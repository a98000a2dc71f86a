namespace Portability.Repository.Signers;

/// <summary>The error for a trust record that breaks a rule of FORMAT.md, section 8.</summary>
internal static class TrustRefusal
{
    /// <summary>Makes the error.</summary>
    /// <param name="fact">Which rule, with numbers.</param>
    public static InvalidFormatException Because(string fact) => new(
        "repository",
        "trust record",
        -1,
        fact,
        "FORMAT.md 8",
        targetName: null,
        "Repair the repository from a mirror with Sync-WorkloadDelta; what stands in front of this record goes on to count.");
}
