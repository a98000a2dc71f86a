namespace Portability.FileSystems.Fat;

/// <summary>Attributes of a directory record; exFAT has the same bits.</summary>
/// <remarks>Microsoft FAT specification, section 6; Microsoft exFAT specification, 7.4.4.</remarks>
[Flags]
internal enum FatAttributes
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>ATTR_READ_ONLY.</summary>
    ReadOnly = 0x01,

    /// <summary>ATTR_HIDDEN.</summary>
    Hidden = 0x02,

    /// <summary>ATTR_SYSTEM.</summary>
    System = 0x04,

    /// <summary>ATTR_VOLUME_ID.</summary>
    VolumeId = 0x08,

    /// <summary>ATTR_DIRECTORY.</summary>
    Directory = 0x10,

    /// <summary>ATTR_ARCHIVE.</summary>
    Archive = 0x20,

    /// <summary>ATTR_LONG_NAME: what no file can be tells a long-name record.</summary>
    LongName = ReadOnly | Hidden | System | VolumeId,
}
