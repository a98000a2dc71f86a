using System.Buffers.Binary;
using System.Text;

namespace Portability.Disks.Formats.Vhd;

/// <summary>One of the eight parent locators of a VHD dynamic header: on which platform the parent lies where.</summary>
/// <remarks>Virtual Hard Disk Image Format Specification, "Parent Locator Entry". Big-endian; the W2ku and W2ru paths are UTF-16, little-endian.</remarks>
/// <param name="Code">Platform code, four characters; zeros for an unused entry.</param>
/// <param name="DataLength">Length of the path in bytes.</param>
/// <param name="DataOffset">Offset of the path in the file, in bytes.</param>
internal readonly record struct VhdParentLocator(string Code, uint DataLength, ulong DataOffset)
{
    /// <summary>Size of the structure in bytes.</summary>
    public const int Size = 24;

    /// <summary>Longest path that is read, in bytes; Windows paths end at 32767 characters.</summary>
    public const int MaximumDataLength = 65536;

    private const int CodeAt = 0;
    private const int DataSpaceAt = CodeAt + 4;
    private const int DataLengthAt = DataSpaceAt + 4;
    private const int ReservedAt = DataLengthAt + 4;
    private const int DataOffsetAt = ReservedAt + 4;

    /// <summary>Order in which locators are tried, lower first; above 2 for those that are not understood.</summary>
    public int Rank => Code switch
    {
        "W2ru" => 0, // Windows, relative.
        "W2ku" => 1, // Windows, absolute.
        "MacX" => 2, // A file URL.
        _ => 3,
    };

    /// <summary>Reads an entry.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static VhdParentLocator Read(ReadOnlySpan<byte> source) => new(
        Encoding.Latin1.GetString(source.Slice(CodeAt, 4)),
        BinaryPrimitives.ReadUInt32BigEndian(source[DataLengthAt..]),
        BinaryPrimitives.ReadUInt64BigEndian(source[DataOffsetAt..]));

    /// <summary>Writes an entry.</summary>
    /// <param name="target">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target)
    {
        target[..Size].Clear();
        Encoding.Latin1.GetBytes(Code, target[CodeAt..]);
        BinaryPrimitives.WriteUInt32BigEndian(target[DataSpaceAt..], (DataLength + 511) / 512 * 512);
        BinaryPrimitives.WriteUInt32BigEndian(target[DataLengthAt..], DataLength);
        BinaryPrimitives.WriteUInt64BigEndian(target[DataOffsetAt..], DataOffset);
    }

    /// <summary>Decodes the path.</summary>
    /// <param name="data">Bytes of the path.</param>
    /// <returns>The path, or null if it is not one.</returns>
    public string? Decode(ReadOnlySpan<byte> data)
    {
        if (Rank > 2)
        {
            return null;
        }

        bool isUrl = string.Equals(Code, "MacX", StringComparison.Ordinal);
        string path = (isUrl ? Encoding.UTF8 : Encoding.Unicode).GetString(data).TrimEnd('\0');
        if (isUrl)
        {
            path = Uri.TryCreate(path, UriKind.Absolute, out Uri? uri) && uri.IsFile ? uri.LocalPath : string.Empty;
        }

        return path.Length > 0 ? path : null;
    }
}
