using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Portability.Repository.Records;

/// <summary>
/// Reads and writes JSON bodies with the limits of the format, whatever the options of a source-generated context say: depth at most
/// <see cref="MaximumDepth"/>, one value, no comments, no trailing commas, no bytes behind it.
/// </summary>
/// <remarks>
/// Traps of source-generated readers: an init-only member that is absent becomes null whatever its initialiser says (mark it `required`, or
/// give it a setter), and a null inside a list passes (look for it). Contexts set RespectNullableAnnotations and refuse duplicate members.
/// </remarks>
public static class RecordJson
{
    /// <summary>Deepest nesting (FORMAT.md, section 5).</summary>
    public const int MaximumDepth = 16;

    /// <summary>Reads a body.</summary>
    /// <typeparam name="T">Type of the body.</typeparam>
    /// <param name="json">UTF-8 text without byte order mark.</param>
    /// <param name="type">From a source-generated context.</param>
    /// <param name="structure">Name of the structure for errors, such as `trust record`.</param>
    /// <param name="name">Name of the object for errors.</param>
    /// <exception cref="InvalidFormatException">Not JSON, too deep, or not of this type.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string structure, string? name)
        where T : class
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaximumDepth, CommentHandling = JsonCommentHandling.Disallow });
            T? body = JsonSerializer.Deserialize(ref reader, type);
            if (body is null)
            {
                throw Error(structure, name, "it is null", null);
            }

            return reader.Read() ? throw Error(structure, name, "more than one JSON value", null) : body;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or NotSupportedException or ArgumentException or OverflowException)
        {
            throw Error(structure, name, "not the JSON that belongs here", exception);
        }
    }

    /// <summary>Writes a body; the array belongs to the caller.</summary>
    /// <typeparam name="T">Type of the body.</typeparam>
    /// <param name="body">The body.</param>
    /// <param name="type">From a source-generated context.</param>
    public static byte[] Write<T>(T body, JsonTypeInfo<T> type)
        where T : class => JsonSerializer.SerializeToUtf8Bytes(body, type);

    private static InvalidFormatException Error(string structure, string? name, string fact, Exception? cause) =>
        new("repository", structure, -1, fact, "FORMAT.md 5", name, "Run Test-WorkloadRepository to see what else is damaged, and repair from a mirror with Sync-WorkloadDelta.", cause);
}
