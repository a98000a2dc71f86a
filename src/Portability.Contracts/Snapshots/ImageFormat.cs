namespace Portability;

/// <summary>Formats that a disk can be written in.</summary>
public enum ImageFormat
{
    /// <summary>The bytes of the disk as they are, sparse.</summary>
    Raw,

    /// <summary>VHD, dynamic.</summary>
    Vhd,

    /// <summary>VHDX, dynamic.</summary>
    Vhdx,

    /// <summary>QCOW2, version 3.</summary>
    Qcow2,

    /// <summary>VMDK, monolithicFlat.</summary>
    Vmdk,
}
