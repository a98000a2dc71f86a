using System.Text;
using Portability.Core.Crypto;

namespace Portability.Repository.Workloads;

/// <summary>Names of workloads, and the identifiers that follow from them.</summary>
/// <remarks>FORMAT.md, section 14.</remarks>
public static class WorkloadIdentity
{
    /// <summary>Longest name, in UTF-16 characters.</summary>
    public const int MaximumNameLength = 250;

    private const int GuidSize = 16;
    private const byte Version8 = 0x80;
    private const byte Variant = 0x80;

    /// <summary>The identifier of the workload of a name: one name, in whatever case, is one workload in one repository.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="name">The name.</param>
    /// <exception cref="RepositoryException">`WorkloadNameInvalid`.</exception>
    public static Guid IdOf(Guid repository, string name)
    {
        byte[] text = Encoding.UTF8.GetBytes(Normalise(name).ToUpperInvariant());
        byte[] input = [.. "workload"u8, .. repository.ToByteArray(bigEndian: true), .. text];
        Span<byte> id = ContentHash.Sha256(input).AsSpan(0, GuidSize);
        id[6] = (byte)((id[6] & 0x0F) | Version8);
        id[8] = (byte)((id[8] & 0x3F) | Variant);
        return new Guid(id, bigEndian: true);
    }

    /// <summary>Tells whether a name, when it is typed here, means the workload of an id; one that this machine cannot take for a name does not.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="name">The name.</param>
    /// <param name="workload">The id.</param>
    internal static bool IsTyped(Guid repository, string name, Guid workload)
    {
        try
        {
            return !Guid.TryParse(name, out _) && IdOf(repository, name) == workload;
        }
        catch (RepositoryException exception) when (exception.ErrorId is "WorkloadNameInvalid")
        {
            return false;
        }
    }

    /// <summary>Brings a name into the form that is stored: Unicode normal form C, without spaces around it.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="RepositoryException">`WorkloadNameInvalid`: empty, too long, or it holds control characters, half a surrogate pair, or what only ICU can normalise.</exception>
    public static string Normalise(string name)
    {
        string? stored;
        try
        {
            stored = NormalFormC.Bring(name.Trim());
        }
        catch (ArgumentException exception)
        {
            throw Invalid(name, "it holds half a surrogate pair", exception);
        }

        if (stored is null)
        {
            throw Invalid(name, "it holds characters that are written in several ways, and this runtime, without ICU, cannot bring them into one (Unicode normal form C)", null);
        }

        if (stored.Length is 0 or > MaximumNameLength)
        {
            throw Invalid(name, FormattableString.Invariant($"it has {stored.Length} characters, 1 to {MaximumNameLength} are allowed"), null);
        }

        if (stored.Any(char.IsControl))
        {
            throw Invalid(name, "it holds control characters", null);
        }

        return stored.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar) ? throw Invalid(name, "it holds half a surrogate pair", null) : stored;
    }

    private static RepositoryException Invalid(string name, string fact, Exception? cause) => new(
        "WorkloadNameInvalid",
        ErrorKind.InvalidInput,
        $"Failed to name a workload '{name}': {fact}.",
        "Give another name with -Name, or install ICU (libicu) for names of any script.",
        name,
        isTransient: false,
        cause);
}
