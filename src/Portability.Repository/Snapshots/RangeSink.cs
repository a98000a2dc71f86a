namespace Portability.Repository.Snapshots;

/// <summary>Takes bytes that were read and checked.</summary>
/// <param name="offset">Where they lie on the disk, in bytes.</param>
/// <param name="bytes">The bytes; valid until the call ends.</param>
/// <param name="cancellationToken">Gives up.</param>
public delegate ValueTask RangeSink(long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);
