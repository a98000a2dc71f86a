namespace Portability.Disks.Blocks;

/// <summary>What goes wrong with a call.</summary>
public enum BlockFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The call fails and changes nothing.</summary>
    Fail,

    /// <summary>A write or read stops half way and fails; what came before is done.</summary>
    Tear,

    /// <summary>A read succeeds with one bit wrong.</summary>
    Corrupt,

    /// <summary>This call and every later one fails, as after a loss of power.</summary>
    Cut,
}
