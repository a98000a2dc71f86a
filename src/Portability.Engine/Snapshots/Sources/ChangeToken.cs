using System.Text.Json;

namespace Portability.Engine.Snapshots.Sources;

/// <summary>
/// What a capture remembers of a disk's source, so that the next one can prove what did not change. Lies in the sealed part of the
/// manifest, so that only who can read the disk can read it and nobody can exchange it.
/// </summary>
internal sealed record ChangeToken
{
    /// <summary>Version of this record; others are ignored, which costs a scan.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Most characters of a token that are read.</summary>
    public const int MaximumLength = 1 << 20;

    /// <summary>Version.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>State of the image that was captured, then of its parents, nearest first.</summary>
    public LayerState[] Layers { get; init; } = [];

    /// <summary>
    /// Ranges that the captured image itself decided, in units of <see cref="OwnUnit"/>: first, count, first, count. Null where it has no
    /// parent or the list would be too long.
    /// </summary>
    public long[]? Own { get; init; }

    /// <summary>Bytes in a unit of <see cref="Own"/>.</summary>
    public long OwnUnit { get; init; }

    /// <summary>Reads a token.</summary>
    /// <param name="text">What <see cref="Write"/> gave; anything else, null included, gives null.</param>
    public static ChangeToken? Read(string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > MaximumLength)
        {
            return null;
        }

        try
        {
            ChangeToken? token = JsonSerializer.Deserialize(text, ChangeTokenJson.Default.ChangeToken);
            return token is { Version: CurrentVersion, Layers.Length: > 0 } && token.HasSoundRanges() ? token : null;
        }
        catch (JsonException)
        {
            // A token of another make only costs a scan.
            return null;
        }
    }

    /// <summary>The token as text, at most <see cref="MaximumLength"/> characters.</summary>
    public string Write() => JsonSerializer.Serialize(this, ChangeTokenJson.Default.ChangeToken);

    private bool HasSoundRanges()
    {
        if (Own is null)
        {
            return true;
        }

        if (OwnUnit is < 512 or > 1 << 30 || Own.Length % 2 != 0 || Layers[0].Length < 0)
        {
            return false;
        }

        long at = 0;
        long units = (Layers[0].Length / OwnUnit) + 1;
        for (int i = 0; i < Own.Length; i += 2)
        {
            if (Own[i] < at || Own[i] > units || Own[i + 1] <= 0 || Own[i + 1] > units - Own[i])
            {
                return false;
            }

            at = Own[i] + Own[i + 1];
        }

        return true;
    }
}
