using System.Buffers.Binary;
using System.Text;

namespace Portability.FileSystems;

/// <summary>
/// A name as a file system stores it: bytes, or 16-bit units. Its text form is lossless: a byte that is not part of well-formed UTF-8 is the lone surrogate
/// U+DC80 to U+DCFF, and a lone surrogate of a 16-bit name stays what it is. A slash or a zero byte in a name of bytes, which only damage or an attacker
/// puts there, is one too (U+DC2F, U+DC00), so that a path made of texts always has the parts it seems to have. Immutable; equal if unit and units are equal (the case counts).
/// </summary>
/// <remarks>The escape of bytes is that of Python's PEP 383, which other tools know.</remarks>
public readonly struct NodeName : IEquatable<NodeName>
{
    private const int EscapeBase = 0xDC00;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[]? units;

    private NodeName(NodeNameUnit unit, byte[] units)
    {
        Unit = unit;
        this.units = units;
    }

    /// <summary>What the units are.</summary>
    public NodeNameUnit Unit { get; }

    /// <summary>The units as stored; 16-bit ones little-endian.</summary>
    public ReadOnlySpan<byte> Units => units;

    /// <summary>True for the name without units.</summary>
    public bool IsEmpty => units is null or [];

    /// <summary>A name of bytes.</summary>
    /// <param name="bytes">The bytes; copied.</param>
    public static NodeName FromBytes(ReadOnlySpan<byte> bytes) => new(NodeNameUnit.Byte, bytes.ToArray());

    /// <summary>A name of 16-bit units.</summary>
    /// <param name="bytes">The units, little-endian; copied. A last odd byte is left out.</param>
    public static NodeName FromUtf16(ReadOnlySpan<byte> bytes) => new(NodeNameUnit.Utf16, bytes[..(bytes.Length & ~1)].ToArray());

    /// <summary>The name whose text form is given.</summary>
    /// <param name="text">Text; lone surrogates stand for what they stand for in <see cref="ToString"/>.</param>
    /// <param name="unit">What the file system stores.</param>
    public static NodeName FromText(string text, NodeNameUnit unit)
    {
        if (unit == NodeNameUnit.Utf16)
        {
            byte[] wide = new byte[text.Length * 2];
            for (int index = 0; index < text.Length; index++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(wide.AsSpan(index * 2), text[index]);
            }

            return new NodeName(unit, wide);
        }

        var bytes = new List<byte>(text.Length);
        Span<byte> encoded = stackalloc byte[4];
        ReadOnlySpan<char> rest = text;
        while (rest.Length > 0)
        {
            if (Rune.DecodeFromUtf16(rest, out Rune rune, out int taken) == System.Buffers.OperationStatus.Done)
            {
                bytes.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
            }
            else
            {
                bytes.Add((byte)rest[0]); // an escaped byte; another lone surrogate has no form in bytes and finds nothing
            }

            rest = rest[taken..];
        }

        return new NodeName(unit, [.. bytes]);
    }

    /// <inheritdoc/>
    public bool Equals(NodeName other) => Unit == other.Unit && Units.SequenceEqual(other.Units);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NodeName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Units);
        return hash.ToHashCode();
    }

    /// <summary>The name as text, from which <see cref="FromText"/> makes the same name again.</summary>
    public override string ToString() => Unit == NodeNameUnit.Utf16 ? Utf16Text() : ByteText();

    /// <summary>Tells whether two names are equal.</summary>
    public static bool operator ==(NodeName left, NodeName right) => left.Equals(right);

    /// <summary>Tells whether two names differ.</summary>
    public static bool operator !=(NodeName left, NodeName right) => !left.Equals(right);

    private string Utf16Text() => string.Create(Units.Length / 2, units!, static (text, bytes) =>
    {
        for (int index = 0; index < text.Length; index++)
        {
            text[index] = (char)BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(index * 2));
        }
    });

    private string ByteText()
    {
        ReadOnlySpan<byte> rest = Units;
        try
        {
            if (!rest.ContainsAny((byte)'/', (byte)0))
            {
                return Strict.GetString(rest);
            }
        }
        catch (DecoderFallbackException)
        {
            // Then it is read rune by rune.
        }

        return Escaped(rest);
    }

    private static string Escaped(ReadOnlySpan<byte> rest)
    {
        var text = new StringBuilder(rest.Length);
        while (rest.Length > 0)
        {
            if (Rune.DecodeFromUtf8(rest, out Rune rune, out int taken) == System.Buffers.OperationStatus.Done && rune.Value is not ('/' or 0))
            {
                text.Append(rune.ToString());
            }
            else
            {
                taken = 1;
                text.Append((char)(EscapeBase + rest[0]));
            }

            rest = rest[taken..];
        }

        return text.ToString();
    }
}
