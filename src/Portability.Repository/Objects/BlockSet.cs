namespace Portability.Repository.Objects;

/// <summary>What an object belongs to: blocks are shared within a set, never across. The values are stored (FORMAT.md, section 7).</summary>
public enum BlockSet : byte
{
    /// <summary>Neither; reference objects.</summary>
    None = 0,

    /// <summary>Disks needed to boot.</summary>
    Boot = 1,

    /// <summary>Everything else.</summary>
    Data = 2,
}
