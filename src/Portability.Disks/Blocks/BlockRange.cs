using System.Runtime.CompilerServices;

namespace Portability.Disks.Blocks;

/// <summary>The one range check that all block devices share.</summary>
public static class BlockRange
{
    /// <summary>Refuses a range that does not lie inside a device.</summary>
    /// <param name="offset">Offset in bytes.</param>
    /// <param name="length">Length in bytes.</param>
    /// <param name="deviceLength">Length of the device in bytes.</param>
    /// <param name="name">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie inside <c>[0, deviceLength)</c>.</exception>
    public static void Check(long offset, long length, long deviceLength, [CallerArgumentExpression(nameof(offset))] string? name = null)
    {
        if (offset < 0 || length < 0 || offset > deviceLength || length > deviceLength - offset)
        {
            throw new ArgumentOutOfRangeException(
                name,
                FormattableString.Invariant($"The range of {length} bytes at 0x{offset:X} does not lie inside the {deviceLength} bytes of the device."));
        }
    }
}
