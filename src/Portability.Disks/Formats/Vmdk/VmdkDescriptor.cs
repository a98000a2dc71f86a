using System.Globalization;
using System.Text;

namespace Portability.Disks.Formats.Vmdk;

/// <summary>Descriptor of a disk: what kind it is, of which extents it consists, who its parent is.</summary>
/// <remarks>VMware Virtual Disk Format 5.0, "Disk Descriptor File". Text, as a file of its own or inside a sparse extent.</remarks>
internal sealed record VmdkDescriptor
{
    /// <summary>Larger descriptors are refused: this one has room for more extents than are accepted.</summary>
    public const int MaximumSize = 1 << 20;

    /// <summary>Most extents of a disk: 4 TiB in extents of 2 GiB.</summary>
    public const int MaximumExtents = 2048;

    /// <summary>Content id that stands for none.</summary>
    public const uint NoContentId = uint.MaxValue;

    /// <summary>First line of every descriptor.</summary>
    public const string Title = "# Disk DescriptorFile";

    private readonly Dictionary<string, string> values;

    private VmdkDescriptor(Dictionary<string, string> values, IReadOnlyList<VmdkExtentLine> extents)
    {
        this.values = values;
        Extents = extents;
    }

    /// <summary>Extents in the order they follow each other on the disk.</summary>
    public IReadOnlyList<VmdkExtentLine> Extents { get; }

    /// <summary>Kind of disk, such as `monolithicSparse`.</summary>
    public string CreateType => Find("createType") ?? string.Empty;

    /// <summary>Content id, or null.</summary>
    public uint? ContentId => FindId("CID");

    /// <summary>Content id of the parent, or null if there is none.</summary>
    public uint? ParentContentId => FindId("parentCID") is { } id && id != NoContentId ? id : null;

    /// <summary>Where the parent is, as stored, or null.</summary>
    public string? ParentHint => Find("parentFileNameHint");

    /// <summary>Id of the disk that its guest sees, or null.</summary>
    public Guid? DiskId => ReadId(Find("ddb.uuid"));

    /// <summary>True if the disk is encrypted.</summary>
    public bool IsEncrypted => values.Keys.Any(key => key.StartsWith("encryption.", StringComparison.OrdinalIgnoreCase));

    /// <summary>True if bytes are the text of a descriptor.</summary>
    /// <param name="head">First bytes of the file.</param>
    public static bool IsText(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        head = (head.StartsWith(mark) ? head[mark.Length..] : head).TrimStart(" \t\r\n"u8);
        return head.Length >= Title.Length && Ascii.EqualsIgnoreCase(head[..Title.Length], "# Disk DescriptorFile"u8);
    }

    /// <summary>Reads a descriptor.</summary>
    /// <param name="source">Its bytes; zeros behind it are left out.</param>
    /// <exception cref="InvalidFormatException">It cannot be read.</exception>
    public static VmdkDescriptor Parse(ReadOnlySpan<byte> source)
    {
        int end = source.IndexOf((byte)0);
        string text = Decode(end < 0 ? source : source[..end]);
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var extents = new List<VmdkExtentLine>();
        foreach (string line in text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (VmdkExtentLine.TryParse(line) is { } extent)
            {
                extents.Add(extent);
                if (extents.Count > MaximumExtents)
                {
                    throw VmdkErrors.Invalid(
                        "descriptor", -1, FormattableString.Invariant($"it lists more than {MaximumExtents} extents"), target: null);
                }
            }
            else if (line.IndexOf('=', StringComparison.Ordinal) is > 0 and int equals)
            {
                settings.TryAdd(line[..equals].Trim(), line[(equals + 1)..].Trim().Trim('"'));
            }
        }

        return new VmdkDescriptor(settings, extents);
    }

    // The encoding line is not to be trusted; what is not UTF-8 is taken for Latin-1, so that ASCII names survive in any case.
    private static string Decode(ReadOnlySpan<byte> source)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(source).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(source);
        }
    }

    // "60 00 c2 93 ...-..." : sixteen bytes in hex, with blanks and a hyphen.
    private static Guid? ReadId(string? text)
    {
        string digits = string.Concat((text ?? string.Empty).Where(char.IsAsciiHexDigit));
        return digits.Length == 32 ? new Guid(Convert.FromHexString(digits), bigEndian: true) : null;
    }

    private string? Find(string key) => values.TryGetValue(key, out string? value) && value.Length > 0 ? value : null;

    private uint? FindId(string key) =>
        uint.TryParse(Find(key), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint id) ? id : null;
}
