using System.Buffers.Binary;

namespace Portability.FileSystems.Fat;

/// <summary>Boot sector of FAT12, FAT16 and FAT32: parameter block, extended block, signature.</summary>
/// <remarks>Microsoft FAT specification, section 3. First sector of the volume; FAT32 keeps a copy.</remarks>
internal readonly record struct BootSector
{
    /// <summary>Size in bytes of what is read, whatever the sector size.</summary>
    public const int Size = 512;

    private const int JumpAt = 0;
    private const int OemNameAt = JumpAt + 3;
    private const int OemNameSize = 8;
    private const int ReservedOffset = 1; // in the extended block, behind BS_DrvNum
    private const int ExtendedSignatureOffset = ReservedOffset + 1;
    private const int VolumeIdOffset = ExtendedSignatureOffset + 1;
    private const int LabelOffset = VolumeIdOffset + 4;
    private const int TypeOffset = LabelOffset + LabelSize;
    private const int LabelSize = 11;
    private const int BitLockerIdAt = 424;
    private const int SignatureAt = 510;
    private const ushort Signature = 0xAA55;
    private const byte IdOnly = 0x28;
    private const byte IdAndLabel = 0x29;
    private const byte DirtyFlag = 1;

    // BitLocker To Go hides its volume behind a FAT32 of its own, which has only a program to unlock it.
    private static ReadOnlySpan<byte> BitLockerId => [0x3B, 0xD6, 0x67, 0x49, 0x29, 0x2E, 0xD8, 0x4A, 0x83, 0x99, 0xF6, 0xA3, 0x39, 0xE3, 0xD0, 0x01];

    /// <summary>Layout of the volume.</summary>
    public required BiosParameterBlock Parameters { get; init; }

    /// <summary>True if it begins with a jump, as the specification demands.</summary>
    public required bool HasJump { get; init; }

    /// <summary>True if it ends with 0x55 0xAA.</summary>
    public required bool HasSignature { get; init; }

    /// <summary>True if OEM name or type text are those of another format that has a parameter block too.</summary>
    public required bool IsOfOtherFormat { get; init; }

    /// <summary>True if bit 0 of BS_Reserved1 (byte 0x25, of FAT32 0x41) says that the volume is in use.</summary>
    public required bool IsDirty { get; init; }

    /// <summary>BS_VolID; null where the sector has none.</summary>
    public required uint? VolumeId { get; init; }

    /// <summary>BS_VolLab as stored; null where the sector has none.</summary>
    public required string? Label { get; init; }

    /// <summary>Reads a boot sector; <see cref="FindFault"/> checks it.</summary>
    /// <param name="sector">At least <see cref="Size"/> bytes.</param>
    public static BootSector Read(ReadOnlySpan<byte> sector)
    {
        BiosParameterBlock parameters = BiosParameterBlock.Read(sector);
        ReadOnlySpan<byte> extended = sector[(parameters.IsFat32 ? BiosParameterBlock.Fat32End : BiosParameterBlock.CommonEnd)..];
        ReadOnlySpan<byte> oemName = sector.Slice(OemNameAt, OemNameSize);
        byte signature = extended[ExtendedSignatureOffset];
        return new BootSector
        {
            Parameters = parameters,
            HasJump = (sector[JumpAt] == 0xEB && sector[JumpAt + 2] == 0x90) || sector[JumpAt] == 0xE9,
            HasSignature = BinaryPrimitives.ReadUInt16LittleEndian(sector[SignatureAt..]) == Signature,
            IsOfOtherFormat = oemName.SequenceEqual("NTFS    "u8) || oemName.SequenceEqual("EXFAT   "u8) || oemName.SequenceEqual("-FVE-FS-"u8)
                || extended[TypeOffset..].StartsWith("HPFS"u8) || sector[BitLockerIdAt..].StartsWith(BitLockerId),
            IsDirty = (extended[ReservedOffset] & DirtyFlag) != 0,
            VolumeId = signature is IdOnly or IdAndLabel ? BinaryPrimitives.ReadUInt32LittleEndian(extended[VolumeIdOffset..]) : null,
            Label = signature == IdAndLabel ? ShortName.DecodeLabel(extended.Slice(LabelOffset, LabelSize)) : null,
        };
    }

    /// <summary>Looks for what makes the sector unusable.</summary>
    /// <returns>The fact, or null where there is none.</returns>
    public string? FindFault() =>
        !HasSignature ? "it does not end with 0x55 0xAA"
        : IsOfOtherFormat ? "it is that of another format"
        : Parameters.FindFault();
}
