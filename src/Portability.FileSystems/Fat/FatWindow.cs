namespace Portability.FileSystems.Fat;

/// <summary>The part of a file allocation table that a walk looks at. Of one walk; not for several threads.</summary>
internal sealed class FatWindow
{
    /// <summary>Bytes of a whole window.</summary>
    public const int Size = 4096;

    /// <summary>Its bytes.</summary>
    public byte[] Buffer { get; } = new byte[Size];

    /// <summary>Offset of its first byte in the table.</summary>
    public long Start { get; set; }

    /// <summary>Bytes that it holds.</summary>
    public int Count { get; set; }

    /// <summary>Tells whether a range of the table lies in it.</summary>
    public bool Holds(long at, int count) => at >= Start && at + count <= Start + Count;
}
