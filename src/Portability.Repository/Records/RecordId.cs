using System.Buffers;
using System.Text.Json.Serialization;
using Portability.Core.Crypto;

namespace Portability.Repository.Records;

/// <summary>Sixteen random bytes that name a lease, slot, recipient or record. In names and JSON 32 lower-case hex digits.</summary>
[JsonConverter(typeof(RecordIdConverter))]
public readonly record struct RecordId
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 16;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");
    private readonly UInt128 value;

    private RecordId(UInt128 value) => this.value = value;

    /// <summary>Draws a new identifier.</summary>
    /// <param name="random">Where the bytes come from.</param>
    public static RecordId Draw(RandomSource random) => FromBytes(random.NextBytes(Size));

    /// <summary>Makes an identifier of stored bytes.</summary>
    /// <param name="bytes">At least <see cref="Size"/> bytes; the first ones count.</param>
    public static RecordId FromBytes(ReadOnlySpan<byte> bytes) => new(global::System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes));

    /// <summary>Reads the stored text form.</summary>
    /// <param name="text">32 lower-case hex digits.</param>
    /// <param name="id">The identifier.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out RecordId id)
    {
        id = default;
        if (text.Length != 2 * Size || text.ContainsAnyExcept(LowerHex))
        {
            return false;
        }

        id = FromBytes(Convert.FromHexString(text));
        return true;
    }

    /// <summary>Writes the bytes.</summary>
    /// <param name="target">Where the <see cref="Size"/> bytes go.</param>
    public void CopyTo(Span<byte> target) => global::System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(target, value);

    /// <summary>Lower-case hex.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
