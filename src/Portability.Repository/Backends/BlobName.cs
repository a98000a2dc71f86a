using System.Diagnostics.CodeAnalysis;

namespace Portability.Repository.Backends;

/// <summary>
/// Name of a stored object: segments of lower-case ASCII letters, digits, `.` and `-`, parted by slashes (FORMAT.md, section 2). No name can
/// leave the store's folder, hide in it, differ from another by case only, or mean a device on any platform.
/// </summary>
public readonly struct BlobName : IEquatable<BlobName>, IComparable<BlobName>
{
    /// <summary>Longest name, in characters.</summary>
    public const int MaximumLength = 200;

    private static readonly HashSet<string> Devices =
    [
        "con", "prn", "aux", "nul",
        .. Enumerable.Range(0, 10).SelectMany(digit => new[] { FormattableString.Invariant($"com{digit}"), FormattableString.Invariant($"lpt{digit}") }),
    ];

    private readonly string? value;

    private BlobName(string value) => this.value = value;

    /// <summary>The name's text.</summary>
    /// <exception cref="InvalidOperationException">This is a default value, no name.</exception>
    public string Value => value ?? throw new InvalidOperationException("A default BlobName has no text.");

    /// <summary>Text before the last slash, without it; empty for a name without folder.</summary>
    public string Folder => Value.LastIndexOf('/') is int slash and >= 0 ? Value[..slash] : string.Empty;

    /// <summary>Text after the last slash.</summary>
    public string Leaf => Value[(Value.LastIndexOf('/') + 1)..];

    /// <summary>Makes a name of a text that this product composed.</summary>
    /// <param name="text">The name.</param>
    /// <exception cref="ArgumentException">The text is no name.</exception>
    public static BlobName Parse(string text) =>
        TryParse(text, out BlobName name) ? name : throw new ArgumentException($"'{text}' is not the name of a stored object.", nameof(text));

    /// <summary>Makes a name of a text that came from a disk or a peer.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="name">The name.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, out BlobName name)
    {
        name = default;
        if (string.IsNullOrEmpty(text) || text.Length > MaximumLength)
        {
            return false;
        }

        int start = 0;
        for (int at = 0; at <= text.Length; at++)
        {
            if (at == text.Length || text[at] == '/')
            {
                if (!IsSegment(text.AsSpan(start, at - start)))
                {
                    return false;
                }

                start = at + 1;
            }
        }

        name = new BlobName(text);
        return true;
    }

    /// <summary>Tells whether a text may be asked of <see cref="IBlobStore.ListAsync"/>: empty, or what a name can begin with.</summary>
    /// <param name="text">Any text.</param>
    public static bool IsPrefix(string text)
    {
        int slash = text.LastIndexOf('/');
        ReadOnlySpan<char> rest = text.AsSpan(slash + 1);
        return text.Length <= MaximumLength
            && (slash < 0 || TryParse(text[..slash], out _))
            && (rest.IsEmpty || (IsLetterOrDigit(rest[0]) && !rest.ContainsAnyExcept(SegmentCharacters)));
    }

    /// <inheritdoc/>
    public bool Equals(BlobName other) => string.Equals(value, other.value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BlobName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => value is null ? 0 : StringComparer.Ordinal.GetHashCode(value);

    /// <inheritdoc/>
    public int CompareTo(BlobName other) => string.CompareOrdinal(value, other.value);

    /// <summary>The name's text, or nothing.</summary>
    public override string ToString() => value ?? string.Empty;

    /// <summary>Tells whether two names are the same.</summary>
    public static bool operator ==(BlobName left, BlobName right) => left.Equals(right);

    /// <summary>Tells whether two names differ.</summary>
    public static bool operator !=(BlobName left, BlobName right) => !left.Equals(right);

    /// <summary>Compares by code point.</summary>
    public static bool operator <(BlobName left, BlobName right) => left.CompareTo(right) < 0;

    /// <summary>Compares by code point.</summary>
    public static bool operator >(BlobName left, BlobName right) => left.CompareTo(right) > 0;

    /// <summary>Compares by code point.</summary>
    public static bool operator <=(BlobName left, BlobName right) => left.CompareTo(right) <= 0;

    /// <summary>Compares by code point.</summary>
    public static bool operator >=(BlobName left, BlobName right) => left.CompareTo(right) >= 0;

    private static readonly System.Buffers.SearchValues<char> SegmentCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-");

    /// <summary>Windows drops a full stop at the end and reads device names with any ending.</summary>
    private static bool IsSegment(ReadOnlySpan<char> segment)
    {
        if (segment.IsEmpty || !IsLetterOrDigit(segment[0]) || segment[^1] == '.' || segment.ContainsAnyExcept(SegmentCharacters))
        {
            return false;
        }

        int stop = segment.IndexOf('.');
        return !Devices.GetAlternateLookup<ReadOnlySpan<char>>().Contains(stop < 0 ? segment : segment[..stop]);
    }

    private static bool IsLetterOrDigit(char character) => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character);
}
