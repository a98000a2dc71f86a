using Portability.Disks.Blocks;
using Portability.FileSystems.Fat;

namespace Portability.FileSystems.ExFat;

/// <summary>exFAT; read.</summary>
/// <remarks>Microsoft exFAT specification, revision 1.00.</remarks>
public sealed class ExFatFormat : IFileSystemFormat
{
    /// <summary>Name of the format.</summary>
    public const string FormatName = "exFAT";

    /// <summary>Specification for errors.</summary>
    internal const string Specification = "Microsoft exFAT specification";

    /// <inheritdoc/>
    public string Name => FormatName;

    /// <inheritdoc/>
    public bool Matches(ReadOnlySpan<byte> head) => ExFatDetector.Matches(head);

    /// <inheritdoc/>
    public async Task<IFileSystem> OpenAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        var reader = new FatReader(device, FormatName, Specification);
        try
        {
            return await new ExFatOpener(reader).OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
