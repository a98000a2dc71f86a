using Portability.Disks.Blocks;

namespace Portability.FileSystems.Lvm;

/// <summary>A logical volume, or why it is none here.</summary>
/// <param name="Group">Volume group.</param>
/// <param name="Name">Its name in the group.</param>
/// <param name="Device">Its bytes; null where <paramref name="Obstacle"/> says why.</param>
/// <param name="First">Where its first byte lies: device and offset; null where that is not known.</param>
/// <param name="Obstacle">What keeps it from being read; null if nothing does.</param>
internal sealed record LogicalVolume(string Group, string Name, IBlockDevice? Device, (IBlockDevice Device, long Offset)? First, string? Obstacle);
