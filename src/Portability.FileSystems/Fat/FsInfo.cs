using System.Buffers.Binary;

namespace Portability.FileSystems.Fat;

/// <summary>FSInfo structure of FAT32: what its writer last knew of free clusters.</summary>
/// <remarks>Microsoft FAT specification, section 5. 512 bytes, little-endian.</remarks>
internal readonly record struct FsInfo
{
    /// <summary>Size of the structure in bytes.</summary>
    public const int Size = TrailSignatureAt + 4;

    private const int LeadSignatureAt = 0;
    private const int StructureSignatureAt = LeadSignatureAt + 4 + 480;
    private const int FreeCountAt = StructureSignatureAt + 4;
    private const int NextFreeAt = FreeCountAt + 4;
    private const int TrailSignatureAt = NextFreeAt + 4 + 12;
    private const uint LeadSignature = 0x41615252;
    private const uint StructureSignature = 0x61417272;
    private const uint TrailSignature = 0xAA550000;

    /// <summary>FSI_Free_Count: free clusters; all ones if not known.</summary>
    public required uint FreeCount { get; init; }

    /// <summary>FSI_Nxt_Free: where to look for a free cluster first; all ones if not known.</summary>
    public required uint NextFree { get; init; }

    /// <summary>Reads the structure.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    /// <returns>Null where one of its signatures is missing.</returns>
    public static FsInfo? Read(ReadOnlySpan<byte> source) =>
        BinaryPrimitives.ReadUInt32LittleEndian(source[LeadSignatureAt..]) != LeadSignature
        || BinaryPrimitives.ReadUInt32LittleEndian(source[StructureSignatureAt..]) != StructureSignature
        || BinaryPrimitives.ReadUInt32LittleEndian(source[TrailSignatureAt..]) != TrailSignature
            ? null
            : new FsInfo
            {
                FreeCount = BinaryPrimitives.ReadUInt32LittleEndian(source[FreeCountAt..]),
                NextFree = BinaryPrimitives.ReadUInt32LittleEndian(source[NextFreeAt..]),
            };
}
