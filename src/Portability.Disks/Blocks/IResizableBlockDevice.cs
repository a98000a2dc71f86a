namespace Portability.Disks.Blocks;

/// <summary>
/// A block device whose length can be changed, as a file's can. Calls that overlap a change of length in time are not ordered
/// against it; <see cref="IBlockDevice.Length"/> changes only through <see cref="SetLengthAsync"/>, never by writing past the end.
/// </summary>
public interface IResizableBlockDevice : IBlockDevice
{
    /// <summary>Changes the length. New bytes read as zeros and, where possible, take no space; bytes behind a lower length are lost.</summary>
    /// <param name="length">New length in bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    ValueTask SetLengthAsync(long length, CancellationToken cancellationToken);
}
