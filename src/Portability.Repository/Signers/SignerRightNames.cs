namespace Portability.Repository.Signers;

/// <summary>Stored names of rights. A name of a later version gives no right.</summary>
internal static class SignerRightNames
{
    private static readonly (SignerRights Right, string Name)[] All =
    [
        (SignerRights.Capture, "capture"), (SignerRights.Remove, "remove"), (SignerRights.Compact, "compact"), (SignerRights.Admit, "admit"),
    ];

    public static SignerRights Read(string[] names) =>
        All.Where(entry => names.Contains(entry.Name, StringComparer.Ordinal)).Aggregate(SignerRights.None, (rights, entry) => rights | entry.Right);

    public static string[] Write(SignerRights rights) => [.. All.Where(entry => rights.HasFlag(entry.Right)).Select(entry => entry.Name)];
}
