namespace Portability.Disks.Formats.Vmdk;

/// <summary>An extent of zeros that no file holds.</summary>
/// <param name="start">Where it begins on the disk, in bytes.</param>
/// <param name="length">Length in bytes.</param>
internal sealed class VmdkZeroExtent(long start, long length) : VmdkExtent(start, length, file: null)
{
    /// <inheritdoc/>
    public override ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new MappedRun(Length - offset, MappedRunKind.Zero));
}
