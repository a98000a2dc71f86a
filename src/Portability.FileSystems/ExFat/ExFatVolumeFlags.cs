namespace Portability.FileSystems.ExFat;

/// <summary>VolumeFlags of the boot sector.</summary>
/// <remarks>Microsoft exFAT specification, 3.1.13.</remarks>
[Flags]
internal enum ExFatVolumeFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>ActiveFat: the second FAT and allocation bitmap are in use.</summary>
    ActiveFat = 1,

    /// <summary>VolumeDirty: it is in use, or was not unmounted.</summary>
    VolumeDirty = 2,

    /// <summary>MediaFailure: its system noted errors of the medium.</summary>
    MediaFailure = 4,
}
