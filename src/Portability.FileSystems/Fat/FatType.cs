namespace Portability.FileSystems.Fat;

/// <summary>Width and meaning of the entries of a file allocation table.</summary>
internal enum FatType
{
    /// <summary>12 bits.</summary>
    Fat12,

    /// <summary>16 bits.</summary>
    Fat16,

    /// <summary>32 bits, the upper four reserved.</summary>
    Fat32,

    /// <summary>32 bits, all in use.</summary>
    ExFat,
}
