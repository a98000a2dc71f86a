namespace Portability.FileSystems.ExFat;

/// <summary>EntryType of directory entries that are in use.</summary>
/// <remarks>Microsoft exFAT specification, 6.2.1 and section 7.</remarks>
internal static class ExFatEntryType
{
    /// <summary>Allocation Bitmap.</summary>
    public const byte AllocationBitmap = 0x81;

    /// <summary>Up-case Table.</summary>
    public const byte UpcaseTable = 0x82;

    /// <summary>Volume Label.</summary>
    public const byte VolumeLabel = 0x83;

    /// <summary>File: the primary entry of a set.</summary>
    public const byte File = 0x85;

    /// <summary>Stream Extension: the first secondary entry of a file's set.</summary>
    public const byte StreamExtension = 0xC0;

    /// <summary>File Name: follows the Stream Extension.</summary>
    public const byte FileName = 0xC1;

    private const byte InUseFlag = 0x80;
    private const byte SecondaryFlag = 0x40;

    /// <summary>Tells whether an entry in use belongs to the primary entry before it.</summary>
    public static bool IsSecondary(byte type) => (type & (InUseFlag | SecondaryFlag)) == (InUseFlag | SecondaryFlag);
}
