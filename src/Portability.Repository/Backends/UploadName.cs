using System.Text;
using Portability.Core.Crypto;

namespace Portability.Repository.Backends;

/// <summary>Names of what lies outside the visible names: `(id).(hash of the object's name).upload`, and `(random).put`.</summary>
internal static class UploadName
{
    private const string UploadSuffix = ".upload";
    private const string PutSuffix = ".put";
    private const int NameHashLength = 16;
    private const int PutIdLength = 16;
    private const int MaximumLength = 128;

    /// <summary>Name of an upload's pieces.</summary>
    public static string Of(BlobName name, string uploadId)
    {
        byte[] hash = ContentHash.Sha256(Encoding.ASCII.GetBytes(name.Value));
        return $"{uploadId}.{Convert.ToHexStringLower(hash.AsSpan(0, NameHashLength))}{UploadSuffix}";
    }

    /// <summary>Name of a put's temporary file, never used twice.</summary>
    public static string ForPut(RandomSource random) => Convert.ToHexStringLower(random.NextBytes(PutIdLength)) + PutSuffix;

    /// <summary>The id in the name of an upload's pieces, or null for a put.</summary>
    public static string? GetUploadId(string name) =>
        name.EndsWith(UploadSuffix, StringComparison.Ordinal) ? name[..name.IndexOf('.', StringComparison.Ordinal)] : null;

    /// <summary>Tells whether a name is one of these.</summary>
    public static bool IsTemporary(string name) => name.Length <= MaximumLength
        && (name.EndsWith(UploadSuffix, StringComparison.Ordinal) || name.EndsWith(PutSuffix, StringComparison.Ordinal))
        && name[..name.LastIndexOf('.')].All(character => character == '.' || char.IsAsciiHexDigitLower(character));

    /// <summary>Refuses any other name.</summary>
    public static void Check(string name)
    {
        if (!IsTemporary(name))
        {
            throw new ArgumentException($"'{name}' is not the name of a temporary object.", nameof(name));
        }
    }
}
