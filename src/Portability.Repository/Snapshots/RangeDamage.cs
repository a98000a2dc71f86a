namespace Portability.Repository.Snapshots;

/// <summary>Is told of a range that cannot be read; throws to end the copy, or returns to go on without it.</summary>
/// <param name="offset">Where it lies on the disk, in bytes.</param>
/// <param name="length">Its length, in bytes.</param>
/// <param name="damage">Names snapshot, disk, object and offset.</param>
public delegate void RangeDamage(long offset, int length, PortabilityException damage);
