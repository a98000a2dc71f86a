using Portability.Disks.Blocks;

namespace Portability.FileSystems.Fat;

/// <summary>FAT12, FAT16 and FAT32 with long names, such as EFI system partitions; read.</summary>
/// <remarks>Microsoft FAT specification.</remarks>
public sealed class FatFormat : IFileSystemFormat
{
    /// <summary>Name of the family.</summary>
    public const string FormatName = "FAT";

    /// <summary>Specification for errors.</summary>
    internal const string Specification = "Microsoft FAT specification";

    /// <inheritdoc/>
    public string Name => FormatName;

    /// <inheritdoc/>
    public bool Matches(ReadOnlySpan<byte> head) => FatDetector.Matches(head);

    /// <inheritdoc/>
    public async Task<IFileSystem> OpenAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        var reader = new FatReader(device, FormatName, Specification);
        try
        {
            return await new FatOpener(reader).OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
