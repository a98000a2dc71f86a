namespace Portability.Repository.Objects;

/// <summary>Makes the errors for stored objects that are damaged, exchanged or gone.</summary>
internal static class Damage
{
    private const string Advice =
        "Run Test-WorkloadRepository to see which snapshots need the object, then Sync-WorkloadDelta from a mirror to repair it.";

    /// <summary>Bytes that are not those that were written.</summary>
    /// <param name="name">The object.</param>
    /// <param name="offset">Where in the object, in bytes.</param>
    /// <param name="fact">What is wrong, without a full stop.</param>
    /// <param name="cause">The error below, if any.</param>
    public static IntegrityException At(string name, long offset, string fact, Exception? cause = null) =>
        new("ObjectDamaged", FormattableString.Invariant($"Failed to read '{name}': at 0x{offset:X} {fact}."), Advice, name, offset, cause);

    /// <summary>An object that is needed and in no place.</summary>
    /// <param name="name">The object.</param>
    /// <param name="cause">The error below, if any.</param>
    public static IntegrityException Missing(string name, Exception? cause = null) =>
        new("ObjectMissing", $"Failed to read '{name}': the store holds no copy of it.", Advice, name, -1, cause);

    /// <summary>The format's words for a structure that breaks its rules.</summary>
    /// <param name="structure">The structure, in the words of FORMAT.md.</param>
    /// <param name="section">Section of FORMAT.md.</param>
    /// <param name="name">The object.</param>
    /// <param name="offset">Where in the object, in bytes.</param>
    /// <param name="fact">What is wrong, without a full stop.</param>
    public static InvalidFormatException Malformed(string structure, int section, string? name, long offset, string fact) =>
        new("repository object", structure, offset, fact, FormattableString.Invariant($"FORMAT.md section {section}"), name, Advice);
}
