using System.Runtime.CompilerServices;

namespace Portability.FileSystems.Fat;

/// <summary>
/// Short name of a record: eight and three bytes in the OEM code page of who wrote it, padded with spaces. Bytes above 0x7F are read as code page 437; the two
/// flags of Windows NT show its base and its extension in lower case.
/// </summary>
/// <remarks>Microsoft FAT specification, section 6 (names) and 7 (checksum).</remarks>
internal readonly record struct ShortName
{
    private const int BaseSize = 8;
    private const int Size = DirectoryRecord.NameSize;
    private const byte Space = 0x20;
    private const byte DeletedByte = 0x05; // stands for a first byte of 0xE5, which would mark a free record
    private const byte LowerBase = 0x08;
    private const byte LowerExtension = 0x10;

    private readonly Bytes raw;
    private readonly byte caseFlags;

    /// <summary>Initialises a name.</summary>
    /// <param name="name">The 11 bytes.</param>
    /// <param name="caseFlags">The byte behind the attributes.</param>
    public ShortName(ReadOnlySpan<byte> name, byte caseFlags)
    {
        name[..Size].CopyTo(raw);
        this.caseFlags = caseFlags;
    }

    /// <summary>Checksum that the records of its long name carry.</summary>
    public byte Checksum
    {
        get
        {
            byte sum = 0;
            foreach (byte value in (ReadOnlySpan<byte>)raw)
            {
                sum = (byte)(((sum & 1) << 7) + (sum >> 1) + value);
            }

            return sum;
        }
    }

    /// <summary>The name as stored, such as `README.TXT`.</summary>
    public NodeName ToStoredName() => NodeName.FromText(Decode(raw, 0), NodeNameUnit.Utf16);

    /// <summary>The name as shown, such as `readme.txt` with both flags of lower case.</summary>
    public NodeName ToShownName() => NodeName.FromText(Decode(raw, caseFlags), NodeNameUnit.Utf16);

    /// <summary>Tells whether 11 bytes are a name: not blank, `.` or `..`.</summary>
    public static bool IsUsable(ReadOnlySpan<byte> name) => Decode(name, 0) is not ("" or "." or "..");

    /// <summary>Decodes a label: 11 bytes without a dot between.</summary>
    /// <param name="label">The bytes.</param>
    /// <returns>Without the spaces at its end.</returns>
    public static string DecodeLabel(ReadOnlySpan<byte> label) => DecodePart(label[..Size], isFirst: true, lower: false);

    private static string Decode(ReadOnlySpan<byte> name, byte flags)
    {
        string first = DecodePart(name[..BaseSize], isFirst: true, (flags & LowerBase) != 0);
        string extension = DecodePart(name[BaseSize..Size], isFirst: false, (flags & LowerExtension) != 0);
        return extension.Length == 0 ? first : first + "." + extension;
    }

    private static string DecodePart(ReadOnlySpan<byte> part, bool isFirst, bool lower)
    {
        part = part.TrimEnd(Space);
        Span<char> text = stackalloc char[Size];
        for (int i = 0; i < part.Length; i++)
        {
            char unit = CodePage437.ToChar(isFirst && i == 0 && part[i] == DeletedByte ? DirectoryRecord.Deleted : part[i]);
            text[i] = lower ? char.ToLowerInvariant(unit) : unit;
        }

        return new string(text[..part.Length]);
    }

    [InlineArray(Size)]
    private struct Bytes
    {
        private byte first;
    }
}
